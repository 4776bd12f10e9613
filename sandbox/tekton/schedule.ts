/**
 * What a PipelineRun does next, from what its tasks have done: Tekton's rules for starting, skipping and stopping.
 * Everything is derived anew from the state each time, as in Tekton's reconciler.
 */

import { parentsOf, resultReferences, textsOf } from "./graph.ts";
import type { PipelineRunSpec, PipelineSpec, PipelineTask } from "./manifest.ts";
import { substitute, type Variables } from "./substitution.ts";
import { hasFailed, isFinished, resultOf, stateOf, type TaskStates } from "./task-state.ts";
import { allows } from "./when.ts";

/** The words that Tekton puts into `status.skippedTasks`. */
export const SKIP = {
  when: "When Expressions evaluated to false",
  parent: "Parent Tasks were skipped",
  results: "Results were missing",
  stopping: "PipelineRun was stopping",
  cancelled: "PipelineRun was gracefully cancelled",
  stopped: "PipelineRun was gracefully stopped",
  pipelineTimeout: "PipelineRun timeout has been reached",
  tasksTimeout: "PipelineRun Tasks timeout has been reached",
  finallyTimeout: "PipelineRun Finally timeout has been reached",
} as const;

export type SkipReason = (typeof SKIP)[keyof typeof SKIP];

export interface RunView {
  readonly pipeline: PipelineSpec;
  readonly wish: PipelineRunSpec["status"];
  readonly states: TaskStates;
  /** `params.*`, `context.*`, `workspaces.*.bound`. */
  readonly variables: Variables;
  /** Which limits have passed. */
  readonly over: { readonly pipeline: boolean; readonly tasks: boolean; readonly finally: boolean };
}

export interface Schedule {
  /** Tasks to start now, with every variable put in. */
  readonly start: readonly PipelineTask[];
  /** Why a task will never start. */
  readonly skipped: ReadonlyMap<string, SkipReason>;
  /** Tasks that fail without a TaskRun, because a result they need was never written: a sentence each. */
  readonly invalid: ReadonlyMap<string, string>;
  /** All of `tasks` have succeeded, failed or been skipped. */
  readonly tasksDone: boolean;
}

/** Decides what starts and what is skipped. */
export function schedule(view: RunView): Schedule {
  const { pipeline, states } = view;
  const skips = createSkips(view);
  const invalid = new Map(
    pipeline.tasks.flatMap((task) => {
      const missing = skips.missingResult(task);
      return missing === undefined ? [] : [[task.name, missing] as const];
    }),
  );
  const reasons = new Map<string, SkipReason>();
  for (const task of pipeline.tasks) {
    if (invalid.has(task.name)) continue;
    const started = stateOf(states, task.name).phase !== "none";
    const reason = !started && invalid.size > 0 ? SKIP.stopping : skips.reason(task);
    if (reason !== undefined) reasons.set(task.name, reason);
  }
  const done = ({ name }: PipelineTask) =>
    isFinished(stateOf(states, name)) || reasons.has(name) || invalid.has(name);
  const tasksDone = pipeline.tasks.every(done);
  const finallyVariables = new Map([
    ...view.variables,
    ...statusVariables(pipeline, states, reasons, tasksDone),
  ]);
  if (tasksDone)
    for (const task of pipeline.finally) {
      const reason = finallySkip(task, view, finallyVariables);
      if (reason !== undefined) reasons.set(task.name, reason);
    }

  const waiting = (task: PipelineTask) =>
    stateOf(states, task.name).phase === "none" && !reasons.has(task.name) && !invalid.has(task.name);
  const parts = tasksDone ? pipeline.finally : pipeline.tasks;
  const byName = new Map(pipeline.tasks.map((task) => [task.name, task]));
  const parentsDone = (task: PipelineTask) =>
    parentsOf(task).every((name) => {
      const parent = byName.get(name);
      return parent === undefined || done(parent);
    });
  return {
    start: parts
      .filter((task) => waiting(task) && (tasksDone || parentsDone(task)))
      .map((task) => filledIn(task, states, tasksDone ? finallyVariables : view.variables)),
    skipped: reasons,
    invalid,
    tasksDone,
  };
}

/** Skip reasons of the tasks of the graph; they depend on each other, so each is worked out once. */
function createSkips(view: RunView) {
  const { pipeline, states, wish, over } = view;
  const byName = new Map(pipeline.tasks.map((task) => [task.name, task]));
  const known = new Map<string, SkipReason | undefined>();
  const stopping = pipeline.tasks.some(({ name }) => hasFailed(stateOf(states, name)));

  function reason(task: PipelineTask): SkipReason | undefined {
    if (!known.has(task.name)) known.set(task.name, work(task));
    return known.get(task.name);
  }

  function parents(task: PipelineTask): PipelineTask[] {
    return parentsOf(task).flatMap((name) => byName.get(name) ?? []);
  }

  function parentsDone(task: PipelineTask): boolean {
    return parents(task).every(
      (each) => isFinished(stateOf(states, each.name)) || reason(each) !== undefined,
    );
  }

  function work(task: PipelineTask): SkipReason | undefined {
    if (stateOf(states, task.name).phase !== "none") return undefined;
    if (stopping) return SKIP.stopping;
    if (wish === "CancelledRunFinally") return SKIP.cancelled;
    if (wish === "StoppedRunFinally") return SKIP.stopped;
    const ready = parentsDone(task);
    if (ready && !allows(task.when, withResults(task, states, view.variables))) return SKIP.when;
    const unwilling = parents(task).map(reason);
    if (unwilling.some((why) => why !== undefined && why !== SKIP.when)) return SKIP.parent;
    if (!ready) return undefined;
    const absent = missing(task, states);
    if (absent !== undefined && unwillingBecauseOfWhen(absent.task)) return SKIP.results;
    if (over.pipeline) return SKIP.pipelineTimeout;
    return over.tasks ? SKIP.tasksTimeout : undefined;
  }

  function unwillingBecauseOfWhen(name: string): boolean {
    const task = byName.get(name);
    return task !== undefined && reason(task) === SKIP.when;
  }

  function missingResult(task: PipelineTask): string | undefined {
    if (stateOf(states, task.name).phase !== "none" || reason(task) !== undefined || !parentsDone(task))
      return undefined;
    const absent = missing(task, states);
    if (absent === undefined) return undefined;
    return `task "${task.name}" needs the result "${absent.result}" of task "${absent.task}", which did not write it`;
  }

  return { reason, missingResult };
}

function finallySkip(task: PipelineTask, view: RunView, variables: Variables): SkipReason | undefined {
  if (stateOf(view.states, task.name).phase !== "none") return undefined;
  if (missing(task, view.states) !== undefined) return SKIP.results;
  if (!allows(task.when, withResults(task, view.states, variables))) return SKIP.when;
  if (view.over.pipeline) return SKIP.pipelineTimeout;
  return view.over.finally ? SKIP.finallyTimeout : undefined;
}

/** The first result that the task names and that is not there. */
function missing(task: PipelineTask, states: TaskStates) {
  return resultReferences(textsOf(task)).find((each) => resultOf(states, each) === undefined);
}

/** All results that the task names, or none of them while one is missing: Tekton puts in all or nothing. */
function withResults(task: PipelineTask, states: TaskStates, variables: Variables): Variables {
  if (missing(task, states) !== undefined) return variables;
  const results = resultReferences(textsOf(task)).map(
    (each) => [`tasks.${each.task}.results.${each.result}`, resultOf(states, each) ?? ""] as const,
  );
  return new Map([...variables, ...results]);
}

/** `tasks.X.status`, `tasks.X.reason` and `tasks.status`, which finally tasks may use. */
function statusVariables(
  { tasks }: PipelineSpec,
  states: TaskStates,
  skipped: ReadonlyMap<string, SkipReason>,
  tasksDone: boolean,
): (readonly [string, string])[] {
  const failed = tasks.some(({ name }) => hasFailed(stateOf(states, name)));
  const all = failed ? "Failed" : tasks.some(({ name }) => skipped.has(name)) ? "Completed" : "Succeeded";
  return [
    ["tasks.status", tasksDone ? all : "None"],
    ...tasks.flatMap(({ name }) => {
      const state = stateOf(states, name);
      const word = state.phase === "succeeded" ? "Succeeded" : hasFailed(state) ? "Failed" : "None";
      return [
        [`tasks.${name}.status`, word],
        [`tasks.${name}.reason`, "reason" in state ? state.reason : ""],
      ] as const;
    }),
  ];
}

function filledIn(task: PipelineTask, states: TaskStates, variables: Variables): PipelineTask {
  const all = withResults(task, states, variables);
  return {
    ...task,
    params: task.params.map(({ name, value }) => ({ name, value: substitute(value, all) })),
    when: task.when.map(({ input, operator, values }) => ({
      input: substitute(input, all),
      operator,
      values: values.map((value) => substitute(value, all)),
    })),
  };
}
