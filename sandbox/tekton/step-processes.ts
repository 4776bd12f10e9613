/** The processes of steps that run now, and the ways to end them. */
import { constants } from "node:os";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { Launcher, RunningProcess } from "./launcher.ts";

/** What the kubelet leaves a pod between SIGTERM and SIGKILL; Tekton's pods cannot set another time. */
const GRACE_MS = 30_000;

export interface StepProcess {
  readonly program: string;
  readonly pipelineRun: string;
  readonly exited: Promise<StepExit>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when it has not ended after that time; 30 s unless set. */
  terminate(graceMs?: number): void;
}

export interface StepExit {
  readonly code: number;
  readonly timedOut: boolean;
}

export interface StepStart {
  readonly program: string;
  readonly pipelineRun: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeout: number | undefined;
  readonly onOutput: (line: string) => void;
}

export interface StepProcesses {
  start(step: StepStart): StepProcess;
  /** Those of a program, of one PipelineRun when it is named. */
  find(program: string, pipelineRun?: string): StepProcess[];
  /** Kills all and waits for their ends. */
  close(): Promise<void>;
}

/** No processes yet. */
export function createStepProcesses(launcher: Launcher, clock: Clock): StepProcesses {
  const running = new Set<StepProcess>();

  function start({ program, pipelineRun, timeout, ...command }: StepStart): StepProcess {
    const started = launcher.start(command);
    const ended = new AbortController();
    let timedOut = false;
    const after = (ms: number, action: () => void) => {
      clock.sleep(ms, ended.signal).then(action, () => {});
    };
    if (timeout !== undefined)
      after(timeout, () => {
        timedOut = true;
        started.kill("SIGKILL");
      });
    const step: StepProcess = {
      program,
      pipelineRun,
      kill: started.kill,
      terminate(graceMs = GRACE_MS) {
        started.kill("SIGTERM");
        after(graceMs, () => started.kill("SIGKILL"));
      },
      exited: started.exited.then((end) => {
        ended.abort();
        running.delete(step);
        return { code: exitCode(end), timedOut };
      }),
    };
    running.add(step);
    return step;
  }

  return {
    start,
    find: (program, pipelineRun) =>
      [...running].filter(
        (step) => step.program === program && (pipelineRun === undefined || step.pipelineRun === pipelineRun),
      ),
    async close() {
      const left = [...running];
      for (const step of left) step.kill("SIGKILL");
      await Promise.all(left.map((step) => step.exited));
    },
  };
}

/** A process ended by a signal is reported as shells do: 128 and the signal's number. */
function exitCode({ code, signal }: Awaited<RunningProcess["exited"]>): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
