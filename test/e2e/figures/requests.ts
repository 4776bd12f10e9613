/** How much the steps ask the API server. Pure. */
import { type AuditEntry, podOf } from "./audit.ts";
import { grouped } from "./spread.ts";
import type { StepSeen } from "./steps.ts";

/** What one pod asked. */
export interface TaskRequests {
  readonly task: string;
  /** By verb and resource, such as `list pods`. */
  readonly requests: Readonly<Record<string, number>>;
  /** s from its first request to the answer to its last one. */
  readonly seconds: number;
}

/** One for each pod of a task; requests of other pods are left out. */
export function requestsOf(
  entries: readonly AuditEntry[],
  steps: readonly StepSeen[],
): readonly TaskRequests[] {
  const tasks = new Map(steps.map(({ pod, task }) => [pod, task]));
  return grouped(entries, (entry) => podOf(entry) ?? "").flatMap(([pod, asked]) => {
    const task = tasks.get(pod);
    if (task === undefined) return [];
    const from = Math.min(...asked.map((one) => Date.parse(one.requestReceivedTimestamp)));
    const until = Math.max(...asked.map((one) => Date.parse(one.stageTimestamp)));
    const requests = grouped(asked, whatOf).map(([what, all]) => [what, all.length] as const);
    return [{ task, requests: Object.fromEntries(requests), seconds: (until - from) / 1000 }];
  });
}

/** All requests of one pod. */
export function totalOf({ requests }: TaskRequests): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}

function whatOf({ verb, objectRef }: AuditEntry): string {
  const { resource = "(no resource)", subresource } = objectRef ?? {};
  return `${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`}`;
}
