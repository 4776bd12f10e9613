/** A PipelineRun as another run sees it. */
import type { Outcome } from "../experiment/outcome.ts";
import type { Cluster } from "../ports/cluster.ts";
import type { PipelineRun } from "../ports/kinds.ts";

export interface Run {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** How a run is written in a Lease's holderIdentity. */
export function runIdentity(run: Run): string {
  return `${run.namespace}/${run.name}/${run.uid}`;
}

export function parseRunIdentity(identity: string): Run | undefined {
  const [namespace, name, uid, ...more] = identity.split("/");
  if (!namespace || !name || !uid || more.length > 0) return undefined;
  return { namespace, name, uid };
}

/** The PipelineRun, if it is still there and not another one of that name. */
export async function findRun(cluster: Cluster, run: Run): Promise<PipelineRun | undefined> {
  const found = await cluster.get("PipelineRun", run.namespace, run.name);
  return found?.metadata.uid === run.uid ? found : undefined;
}

/** A run is active until Tekton has given it a completion time. */
export function isActive(run: PipelineRun | undefined): boolean {
  return run !== undefined && run.status?.completionTime === undefined;
}

/** Why nobody goes on with a run: somebody cancelled it, or it broke off. */
export function howEnded(run: PipelineRun | undefined): "Cancelled" | "Interrupted" {
  return run?.spec.status?.startsWith("Cancelled") === true ? "Cancelled" : "Interrupted";
}

/** The outcome of a run that ended without leaving one. */
export function unfinishedOutcome(run: Run, found: PipelineRun | undefined): Outcome {
  return howEnded(found) === "Cancelled"
    ? {
        word: "aborted",
        reason: "Cancelled",
        sentence: `run ${run.name} was cancelled before it had a verdict`,
      }
    : {
        word: "error",
        reason: "Interrupted",
        sentence: `run ${run.name} was interrupted before it had a verdict`,
      };
}
