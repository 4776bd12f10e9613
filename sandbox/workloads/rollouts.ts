/** The Progressing condition of Deployments: whether a rollout goes on, is done, or has stopped for too long. */
import type { Condition, Deployment } from "../../steps/lib/ports/kinds.ts";

/** How far a rollout is, in pods. */
export interface Progress {
  /** Name of the newest ReplicaSet. */
  readonly set: string;
  readonly wanted: number;
  readonly updated: number;
  readonly ready: number;
  readonly old: number;
}

export interface Rollout {
  readonly condition: Condition;
  /** When to look again if nothing happens; undefined when no deadline runs. */
  readonly deadlineInMs: number | undefined;
}

export interface Rollouts {
  judge(deployment: Deployment, progress: Progress): Rollout;
}

/** Remembers when each Deployment last made progress. */
export function createRollouts(now: () => number): Rollouts {
  const last = new Map<string, { readonly progress: Progress; readonly at: number }>();

  return {
    judge({ metadata, spec, status }, progress) {
      const before = status?.conditions?.find(({ type }) => type === "Progressing");
      const complete =
        progress.updated === progress.wanted && progress.ready >= progress.wanted && progress.old === 0;
      // A rollout that was done stays done: pods that fail later are no matter of its deadline.
      if (complete || (before?.reason === DONE && before.message?.includes(`"${progress.set}"`)))
        return {
          condition: condition("True", DONE, `ReplicaSet "${progress.set}" has successfully progressed.`),
          deadlineInMs: undefined,
        };

      const uid = metadata.uid ?? "";
      const previous = last.get(uid);
      const at = previous === undefined || isFurther(progress, previous.progress) ? now() : previous.at;
      last.set(uid, { progress, at });
      const left = at + (spec.progressDeadlineSeconds ?? 10) * 1000 - now();
      if (left <= 0)
        return {
          condition: condition(
            "False",
            "ProgressDeadlineExceeded",
            `ReplicaSet "${progress.set}" has timed out progressing.`,
          ),
          deadlineInMs: undefined,
        };
      return {
        condition: condition("True", "ReplicaSetUpdated", `ReplicaSet "${progress.set}" is progressing.`),
        deadlineInMs: left,
      };
    },
  };
}

const DONE = "NewReplicaSetAvailable";

function isFurther(now: Progress, before: Progress): boolean {
  return (
    now.set !== before.set || now.updated > before.updated || now.ready > before.ready || now.old < before.old
  );
}

function condition(status: "True" | "False", reason: string, message: string): Condition {
  return { type: "Progressing", status, reason, message };
}
