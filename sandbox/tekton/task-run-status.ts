/** The status of a TaskRun, as Tekton 1.15 writes it. */
import type { Verdict } from "./condition.ts";

/** The size limit of a container's termination message, which carries the results. */
const MESSAGE_LIMIT = 4096;

export interface StepEnd {
  /** What the program ended with, or what Tekton reports in its place. */
  readonly exitCode: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly termination:
    | "Completed"
    | "Error"
    | "Continued"
    | "TimeoutExceeded"
    | "Skipped"
    | "TaskRunCancelled";
}

export type StepState =
  | { readonly name: string; readonly phase: "waiting" }
  | { readonly name: string; readonly phase: "running"; readonly startedAt: string }
  | { readonly name: string; readonly phase: "ended"; readonly end: StepEnd };

/** One entry of `status.steps`. */
export function stepStatus(state: StepState): object {
  const { name } = state;
  const named = { name, container: `step-${name}` };
  switch (state.phase) {
    case "waiting":
      return { ...named, waiting: { reason: "PodInitializing" } };
    case "running":
      return { ...named, running: { startedAt: state.startedAt } };
    case "ended": {
      const { termination, ...end } = state.end;
      return {
        ...named,
        terminationReason: termination,
        terminated: { ...end, reason: containerReason(termination) },
      };
    }
  }
}

/** A step that fails makes the TaskRun fail; with `onError: continue` its exit code is only noted. */
export function isFailure(termination: StepEnd["termination"]): boolean {
  return termination !== "Completed" && termination !== "Continued";
}

/** How the TaskRun ends once every step has. */
export function taskVerdict(steps: readonly StepState[]): Verdict {
  for (const state of steps) {
    if (state.phase !== "ended" || !isFailure(state.end.termination)) continue;
    const { exitCode, termination } = state.end;
    const message =
      termination === "TimeoutExceeded"
        ? `"step-${state.name}" exited because the step exceeded the specified timeout limit`
        : `"step-${state.name}" exited with code ${exitCode}: ${containerReason(termination)}`;
    return { status: "False", reason: "StepFailed", message };
  }
  return { status: "True", reason: "Succeeded", message: "All Steps have completed executing" };
}

/** Whether the results, written down as Tekton's entrypoint does, are more than a termination message holds. */
export function isTooLong(results: ReadonlyMap<string, string>, startedAt: string): boolean {
  const entries = [...results].map(([key, value]) => ({ key, value, type: 1 }));
  const message = JSON.stringify([...entries, { key: "StartedAt", value: startedAt, type: 3 }]);
  return Buffer.byteLength(message) > MESSAGE_LIMIT;
}

/** `status.results` */
export function resultList(results: ReadonlyMap<string, string>): object[] {
  return [...results].map(([name, value]) => ({ name, type: "string", value }));
}

function containerReason(termination: StepEnd["termination"]): string {
  switch (termination) {
    case "Completed":
    case "Continued":
      return "Completed";
    case "TaskRunCancelled":
      return "TaskRunCancelled";
    case "Error":
    case "TimeoutExceeded":
    case "Skipped":
      return "Error";
  }
}
