/**
 * The controller of PipelineRuns. Whatever changes, it works out from the run and its TaskRuns what to start, what to
 * cancel and what to report; nothing is remembered but the plan and the exact times.
 */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { equalJson, isRecord } from "../cluster/json.ts";
import type { Store } from "../cluster/store.ts";
import { createChildTaskRuns } from "./child-task-runs.ts";
import { conditionOf, type Verdict } from "./condition.ts";
import { parsePipelineRun } from "./manifest.ts";
import { pipelineResults } from "./pipeline-results.ts";
import { type Plan, prepare, taskRunOf } from "./pipeline-run.ts";
import { type RunView, type Schedule, schedule } from "./schedule.ts";
import { CANCEL_MESSAGE, TIMEOUT_MESSAGE } from "./task-state.ts";

export interface PipelineRunsOptions {
  readonly store: Store;
  readonly clock: Clock;
}

interface Active {
  readonly plan: Plan;
  readonly startedAt: number;
  finallyStartedAt?: number;
  timer?: AbortController;
}

/** Takes up every PipelineRun in the store, now and later. Returns the way to stop. */
export function startPipelineRuns({ store, clock }: PipelineRunsOptions): { close(): void } {
  const active = new Map<string, Active>();
  const changed = new Set<string>();
  const children = createChildTaskRuns(store);
  let closed = false;

  const stopWatching = store.watch(({ type, object }) => {
    const { metadata } = object;
    if (object.kind === "PipelineRun") {
      if (type === "DELETED") forget(metadata.uid ?? "");
      else enqueue(metadata.namespace ?? "", metadata.name);
    }
    if (object.kind === "TaskRun")
      for (const owner of metadata.ownerReferences ?? []) enqueue(metadata.namespace ?? "", owner.name);
  });
  for (const { metadata } of store.list("PipelineRun")) enqueue(metadata.namespace ?? "", metadata.name);

  /** The store calls its watchers in the middle of a write, so the work is done right after it. */
  function enqueue(namespace: string, name: string): void {
    if (changed.size === 0) queueMicrotask(drain);
    changed.add(`${namespace}/${name}`);
  }

  function drain(): void {
    const keys = [...changed];
    changed.clear();
    for (const key of keys) {
      const [namespace = "", name = ""] = key.split("/");
      const run = store.get("PipelineRun", namespace, name);
      if (!closed && run !== undefined && !isDone(run)) reconcile(run);
    }
  }

  function reconcile(run: KubeObject): void {
    const uid = run.metadata.uid ?? "";
    const known = active.get(uid);
    if (known !== undefined) advance(run, known);
    else begin(run, uid);
  }

  function begin(run: KubeObject, uid: string): void {
    const preparation = prepare(run, store);
    if (preparation.refusal !== undefined) {
      const { reason, message } = preparation.refusal;
      end(run, { startTime: time() }, { status: "False", reason, message });
      return;
    }
    const { plan } = preparation;
    const begun = { plan, startedAt: clock.now() };
    active.set(uid, begun);
    const labels = { "tekton.dev/pipeline": plan.pipelineName };
    store.patch("PipelineRun", run.metadata.namespace ?? "", run.metadata.name, { metadata: { labels } });
    writeStatus(run, { startTime: time() }, { status: "Unknown", reason: "Started", message: "" });
    advance({ ...run, metadata: { ...run.metadata, labels: { ...run.metadata.labels, ...labels } } }, begun);
  }

  function advance(run: KubeObject, known: Active): void {
    const { status: wish } = parsePipelineRun(run);
    const { name } = run.metadata;
    if (wish === "Cancelled") {
      children.cancel(run, undefined, CANCEL_MESSAGE);
      const message = `PipelineRun "${name}" was cancelled`;
      end(run, {}, { status: "False", reason: "Cancelled", message });
      return;
    }
    const { plan } = known;
    const over = limitsPassed(known);
    if (wish === "CancelledRunFinally" && known.finallyStartedAt === undefined)
      children.cancel(run, plan.pipeline.tasks, CANCEL_MESSAGE);
    if (over.tasks && known.finallyStartedAt === undefined)
      children.cancel(run, plan.pipeline.tasks, TIMEOUT_MESSAGE);
    if (over.finally) children.cancel(run, plan.pipeline.finally, TIMEOUT_MESSAGE);
    if (over.pipeline) children.cancel(run, undefined, TIMEOUT_MESSAGE);

    const view = (): RunView => ({
      pipeline: plan.pipeline,
      wish,
      states: children.states(run),
      variables: plan.variables,
      over,
    });
    const next = schedule(view());
    if (next.tasksDone && plan.pipeline.finally.length > 0) known.finallyStartedAt ??= clock.now();
    if (!over.pipeline) for (const task of next.start) store.create(taskRunOf(run, plan, task));
    report(run, known, view());
  }

  function report(run: KubeObject, known: Active, view: RunView): void {
    const { plan } = known;
    const now = schedule(view);
    const verdict = conditionOf({ ...view, name: run.metadata.name, schedule: now, timeouts: plan.timeouts });
    const status = {
      childReferences: children.references(run, [...plan.pipeline.tasks, ...plan.pipeline.finally]),
      skippedTasks: skippedTasks(now),
      ...(known.finallyStartedAt === undefined ? {} : { finallyStartTime: time(known.finallyStartedAt) }),
    };
    if (verdict.status === "Unknown") {
      writeStatus(run, status, verdict);
      wakeUp(run, known);
      return;
    }
    const { results, missing } = pipelineResults(plan.pipeline, view.states);
    const message = `invalid pipelineresults [${missing.join(" ")}], the referenced results don't exist`;
    const failure = { status: "False", reason: "CouldntGetPipelineResult", message } as const;
    end(run, { ...status, results }, missing.length === 0 ? verdict : failure);
  }

  function end(run: KubeObject, status: object, verdict: Verdict): void {
    writeStatus(run, { ...status, completionTime: time() }, verdict);
    forget(run.metadata.uid ?? "");
  }

  function writeStatus({ metadata }: KubeObject, status: object, verdict: Verdict): void {
    const { namespace = "", name } = metadata;
    const before = store.get("PipelineRun", namespace, name)?.["status"];
    const [old] = isRecord(before) && Array.isArray(before["conditions"]) ? before["conditions"] : [];
    const same = isRecord(old) && equalJson({ ...old, lastTransitionTime: "" }, conditionAt(verdict, ""));
    const condition = same ? old : conditionAt(verdict, time());
    store.patch(
      "PipelineRun",
      namespace,
      name,
      { status: { ...status, conditions: [condition] } },
      { subresource: "status", manager: "tekton" },
    );
  }

  function limitsPassed({ plan: { timeouts }, startedAt, finallyStartedAt }: Active) {
    const passed = (since: number | undefined, limit: number | undefined) =>
      since !== undefined && limit !== undefined && clock.now() - since >= limit;
    return {
      pipeline: passed(startedAt, timeouts.pipeline),
      tasks: passed(startedAt, timeouts.tasks),
      finally: passed(finallyStartedAt, timeouts.finally),
    };
  }

  /** Looks again when the next limit passes. */
  function wakeUp(run: KubeObject, known: Active): void {
    const { startedAt, finallyStartedAt, plan } = known;
    const ends = [
      [startedAt, plan.timeouts.pipeline],
      [startedAt, plan.timeouts.tasks],
      [finallyStartedAt, plan.timeouts.finally],
    ] as const;
    const waits = ends
      .flatMap(([since, limit]) =>
        since === undefined || limit === undefined ? [] : [since + limit - clock.now()],
      )
      .filter((wait) => wait > 0);
    known.timer?.abort();
    if (waits.length === 0) return;
    known.timer = new AbortController();
    clock.sleep(Math.min(...waits), known.timer.signal).then(
      () => enqueue(run.metadata.namespace ?? "", run.metadata.name),
      () => {},
    );
  }

  function forget(uid: string): void {
    active.get(uid)?.timer?.abort();
    active.delete(uid);
  }

  function time(at = clock.now()): string {
    return `${new Date(at).toISOString().slice(0, 19)}Z`;
  }

  return {
    close() {
      closed = true;
      stopWatching();
      for (const uid of [...active.keys()]) forget(uid);
    },
  };
}

function conditionAt(verdict: Verdict, lastTransitionTime: string): object {
  return { type: "Succeeded", ...verdict, lastTransitionTime };
}

function skippedTasks({ skipped }: Schedule): object[] {
  return [...skipped].map(([name, reason]) => ({ name, reason }));
}

function isDone(run: KubeObject): boolean {
  const status = run["status"];
  return isRecord(status) && status["completionTime"] !== undefined;
}
