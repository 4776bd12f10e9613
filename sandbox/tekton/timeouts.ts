/** The three timeouts of a PipelineRun and the one of a task. All in ms; undefined is no limit. */
import type { PipelineRunSpec, PipelineTask } from "./manifest.ts";

/** Tekton's default, of a PipelineRun and of a TaskRun. */
const HOUR = 3_600_000;

export interface Timeouts {
  readonly pipeline: number | undefined;
  readonly tasks: number | undefined;
  readonly finally: number | undefined;
}

/** What applies when some of the three are set; 0 is no limit. Throws when tasks and finally do not fit into pipeline. */
export function timeoutsOf({ pipeline = HOUR, tasks, finally: last }: PipelineRunSpec["timeouts"]): Timeouts {
  if (pipeline > 0) {
    if (tasks === 0 || last === 0)
      throw new Error("spec.timeouts: tasks and finally cannot be unlimited when pipeline is not");
    if ((tasks ?? 0) + (last ?? 0) > pipeline)
      throw new Error("spec.timeouts: tasks and finally together must not be longer than pipeline");
  }
  const rest = (part: number | undefined) =>
    part === undefined || part === 0 || pipeline === 0 ? undefined : pipeline - part;
  return {
    pipeline: limit(pipeline),
    tasks: limit(tasks ?? rest(last)),
    finally: limit(last ?? rest(tasks)),
  };
}

/** The timeout of the TaskRun of `task`; `part` is the run's limit for the part (tasks or finally) it is in. */
export function taskTimeout(task: PipelineTask, part: number | undefined, run: PipelineRunSpec): number {
  const override = run.taskRunSpecs.find(({ pipelineTaskName }) => pipelineTaskName === task.name)?.timeout;
  return override ?? task.timeout ?? Math.max(part ?? HOUR, HOUR);
}

function limit(ms: number | undefined): number | undefined {
  return ms === 0 ? undefined : ms;
}
