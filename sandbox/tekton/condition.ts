/** The `Succeeded` condition of a PipelineRun, as Tekton words it. */
import { formatDuration } from "../../steps/lib/experiment/duration.ts";
import type { PipelineRunSpec, PipelineSpec } from "./manifest.ts";
import { type Schedule, SKIP } from "./schedule.ts";
import { stateOf, type TaskStates } from "./task-state.ts";
import type { Timeouts } from "./timeouts.ts";

export interface Verdict {
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export interface ConditionInput {
  readonly name: string;
  readonly pipeline: PipelineSpec;
  readonly wish: PipelineRunSpec["status"];
  readonly states: TaskStates;
  readonly schedule: Schedule;
  readonly timeouts: Timeouts;
  readonly over: { readonly pipeline: boolean; readonly tasks: boolean };
}

const TIMEOUT_SKIPS: ReadonlySet<string> = new Set([
  SKIP.pipelineTimeout,
  SKIP.tasksTimeout,
  SKIP.finallyTimeout,
]);

/** What the run's condition is now. */
export function conditionOf(input: ConditionInput): Verdict {
  const { name, wish, over, timeouts, schedule, pipeline } = input;
  const counts = count(input);
  const finallyLeft = pipeline.finally.some((task) => isOpen(task.name, input));
  if (over.pipeline)
    return {
      status: "False",
      reason: "PipelineRunTimeout",
      message: `PipelineRun "${name}" failed to finish within "${formatDuration(timeouts.pipeline ?? 0)}"`,
    };
  if (over.tasks && !finallyLeft)
    return {
      status: "False",
      reason: "PipelineRunTimeout",
      message: `PipelineRun "${name}" failed due to tasks failed to finish within "${formatDuration(timeouts.tasks ?? 0)}"`,
    };
  const tally = `Tasks Completed: ${counts.succeeded + counts.failed + counts.cancelled} (Failed: ${counts.failed}, Cancelled ${counts.cancelled})`;
  if (counts.open > 0)
    return {
      status: "Unknown",
      reason: runningReason(input, counts, finallyLeft),
      message: `${tally}, Incomplete: ${counts.open}, Skipped: ${counts.skipped}`,
    };
  const message = `${tally}, Skipped: ${counts.skipped}`;
  if (schedule.invalid.size > 0)
    return {
      status: "False",
      reason: "PipelineValidationFailed",
      message: `${message}, Failed Validation: ${schedule.invalid.size} (${[...schedule.invalid.values()].join("; ")})`,
    };
  if (counts.failed > 0 || counts.late > 0) return { status: "False", reason: "Failed", message };
  if (wish !== undefined)
    return { status: "False", reason: "Cancelled", message: `PipelineRun "${name}" was cancelled` };
  if (counts.cancelled > 0) return { status: "False", reason: "Cancelled", message };
  return { status: "True", reason: counts.skipped > 0 ? "Completed" : "Succeeded", message };
}

function runningReason(
  { wish, over, pipeline }: ConditionInput,
  { cancelled, failed }: Counts,
  finallyLeft: boolean,
): string {
  if (over.tasks) return "PipelineRunTimeoutRunningFinally";
  if (wish === "CancelledRunFinally") return "CancelledRunningFinally";
  if (wish === "StoppedRunFinally") return "StoppedRunningFinally";
  const stopping = cancelled > 0 || (failed > 0 && (pipeline.finally.length === 0 || !finallyLeft));
  return stopping ? "PipelineRunStopping" : "Running";
}

interface Counts {
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  /** Skipped because a timeout had passed. */
  readonly late: number;
  readonly open: number;
}

function count(input: ConditionInput): Counts {
  const { pipeline, states, schedule } = input;
  const names = [...pipeline.tasks, ...pipeline.finally].map(({ name }) => name);
  const inPhase = (phase: string) => names.filter((name) => stateOf(states, name).phase === phase).length;
  return {
    succeeded: inPhase("succeeded"),
    failed: inPhase("failed"),
    cancelled: inPhase("cancelled"),
    skipped: schedule.skipped.size,
    late: [...schedule.skipped.values()].filter((reason) => TIMEOUT_SKIPS.has(reason)).length,
    open: names.filter((name) => isOpen(name, input)).length,
  };
}

function isOpen(name: string, { states, schedule }: ConditionInput): boolean {
  const { phase } = stateOf(states, name);
  if (phase === "running") return true;
  return phase === "none" && !schedule.skipped.has(name) && !schedule.invalid.has(name);
}
