/** The TaskRuns of virtual processes, as the steps of other tasks look for them. */
import { EXIT } from "../../steps/lib/process/exit-codes.ts";
import type { Store } from "../cluster/store.ts";
import type { ProcessEnd } from "./process.ts";

export interface VirtualTaskRun {
  readonly namespace: string;
  readonly name: string;
  /** Its PipelineRun. */
  readonly run: string;
  /** Its pipeline task. */
  readonly task: string;
}

/** A TaskRun whose process begins; one that is there already stays as it is. */
export function recordStart(store: Store, { namespace, name, run, task }: VirtualTaskRun): void {
  if (store.get("TaskRun", namespace, name) !== undefined) return;
  const labels = { "tekton.dev/pipelineRun": run, "tekton.dev/pipelineTask": task };
  store.create({ apiVersion: "tekton.dev/v1", kind: "TaskRun", metadata: { name, namespace, labels } });
}

/** How the process ended, at `now` in ms since the epoch, and the results it left. */
export function recordEnd(
  store: Store,
  now: number,
  { namespace, name }: VirtualTaskRun,
  end: ProcessEnd,
): void {
  const fine = end.kind === "ended" && end.end.exitCode === EXIT.done;
  const results = end.kind === "ended" ? Object.entries(end.end.results ?? {}) : [];
  const status = {
    completionTime: new Date(now).toISOString(),
    conditions: [
      { type: "Succeeded", status: fine ? "True" : "False", reason: fine ? "Succeeded" : "Failed" },
    ],
    results: results.map(([key, value]) => ({ name: key, value })),
  };
  store.patch("TaskRun", namespace, name, { status }, { subresource: "status" });
}
