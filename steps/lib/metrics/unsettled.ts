/** Which polls count: not those in which the weights changed, where requests of two splits are mixed. */
import type { CountedPoll } from "./growth.ts";

/** An entry of the weight log: from `at` (ms since the epoch) on the candidate has so many percent. */
export interface WeightChange {
  readonly at: number;
  readonly candidate: number;
}

/** From `from` to `to`, ms since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The spans in which the split may not be what the route says: after each change, until proxies have heard of it. */
export function unsettledSpans(changes: readonly WeightChange[], settleMs: number): readonly Span[] {
  return changes.map(({ at }) => ({ from: at, to: at + settleMs }));
}

type Counted = Pick<CountedPoll, "since" | "to">;

/** Whether some of what a poll counts may have happened in one of the spans. */
export function overlaps({ since, to }: Counted, spans: readonly Span[]): boolean {
  return spans.some((span) => since < span.to && to > span.from);
}

/** The candidate's weight in percent while a poll was counted; undefined before the first weight and when there were two. */
export function weightDuring({ since, to }: Counted, changes: readonly WeightChange[]): number | undefined {
  const before = changes.findLast(({ at }) => at <= since);
  const during = changes.filter(({ at }) => at > since && at < to);
  return during.every(({ candidate }) => candidate === before?.candidate) ? before?.candidate : undefined;
}
