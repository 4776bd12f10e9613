/** Status conditions as Kubernetes' controllers keep them. */
import type { Condition } from "../../steps/lib/ports/kinds.ts";

/** Kubernetes' time format: whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `wanted` with a transition time: that of `before` as long as a condition's status stays. */
export function withTransitions(
  before: readonly Condition[] | undefined,
  wanted: readonly Condition[],
  now: number,
): readonly Condition[] {
  return wanted.map((condition) => {
    const old = before?.find(({ type }) => type === condition.type);
    const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : undefined;
    return { ...condition, lastTransitionTime: lastTransitionTime ?? timestamp(now) };
  });
}
