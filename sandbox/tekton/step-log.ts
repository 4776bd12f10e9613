/** The output of all steps, kept for reports and for whoever listens. */
export interface StepLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly namespace: string;
  readonly pipelineRun: string;
  readonly pipelineTask: string;
  readonly taskRun: string;
  readonly step: string;
  readonly text: string;
}

export interface StepLog {
  add(line: StepLine): void;
  /** The lines of a PipelineRun in the order they came; all runs when none is named. */
  lines(pipelineRun?: string): readonly StepLine[];
}

/** An empty log; `onLine` hears every line as it comes. */
export function createStepLog(onLine: (line: StepLine) => void = () => {}): StepLog {
  const kept: StepLine[] = [];
  return {
    add(line) {
      kept.push(line);
      onLine(line);
    },
    lines: (pipelineRun) =>
      kept.filter((line) => pipelineRun === undefined || line.pipelineRun === pipelineRun),
  };
}
