/**
 * When the product reads what. Its polls begin when the candidate gets its first weight, somewhere between two scrapes; poll
 * number k shows the requests between two scrapes, and is read one interval + 1 s after its own end.
 */
import { overlaps, unsettledSpans, weightDuring } from "../../../steps/lib/metrics/unsettled.ts";
import type { WeightChange } from "./rule.ts";

const READ_MS = 1000;
const SETTLE_MS = 2000;

export interface TimedPoll {
  /** The scrape before; the requests counted came after it. */
  readonly since: number;
  /** The scrape that shows them. */
  readonly scraped: number;
  /** The poll's end. */
  readonly to: number;
  /** When it is read, and a decision takes effect. */
  readonly readMs: number;
}

/** Scrapes are at multiples of the interval. `startMs` lies in the first interval, `index` counts from 0. */
export function pollAt(index: number, startMs: number, scrapeMs: number): TimedPoll {
  const to = startMs + (index + 1) * scrapeMs;
  return { since: index * scrapeMs, scraped: (index + 1) * scrapeMs, to, readMs: to + scrapeMs + READ_MS };
}

/** The weight at which a poll counts; undefined for one that touches a change or the 2 s after it. */
export function weightOf(poll: TimedPoll, weights: readonly WeightChange[]): number | undefined {
  const changes = weights.map(({ atMs, weight }) => ({ at: atMs, candidate: weight }));
  if (overlaps(poll, unsettledSpans(changes, SETTLE_MS))) return undefined;
  return weightDuring(poll, changes);
}
