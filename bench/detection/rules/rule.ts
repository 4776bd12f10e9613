/** A way to decide about a candidate, and what it has decided. */
import type { Counts, Stream } from "../stream.ts";
import { SLOT_MS } from "../stream.ts";

/** The candidate's weight from a time on. */
export interface WeightChange {
  readonly atMs: number;
  /** Percent. */
  readonly weight: number;
}

export interface Decision {
  readonly end: "rolled back" | "promoted" | "inconclusive";
  /** When traffic was moved. */
  readonly atMs: number;
  /** The end of the data that decided. */
  readonly seenMs: number;
  readonly weights: readonly WeightChange[];
  /** The candidate's requests that were weighed, where the rule leaves some out. */
  readonly weighed?: number;
}

export interface Setting {
  /** Time between two scrapes, a multiple of a slot. */
  readonly scrapeMs: number;
  /** Which bad requests the peers look at: 0 errors, else one more than the index of the edge. */
  readonly kind: number;
  /** When a rule of ours gives the candidate its first weight: anywhere in the first scrape interval. The peers begin at 0. */
  readonly startMs: number;
}

export interface Rule {
  readonly name: string;
  /** It takes long and nothing is claimed of it: every fourth run is enough. */
  readonly fewer?: boolean;
  readonly decide: (stream: Stream, setting: Setting) => Decision;
}

/** The weights that every rule climbs, percent. */
export const STEPS = [5, 10, 20, 50] as const;

export const DEADLINE_MS = 1_800_000;

/** What happened between two times at the weights of the log. Part of a slot counts as its share of the slot. */
export function between(
  stream: Stream,
  weights: readonly WeightChange[],
  fromMs: number,
  toMs: number,
): Counts {
  const counts = stream.empty();
  for (const [index, { atMs, weight }] of weights.entries()) {
    const end = Math.min(toMs, weights[index + 1]?.atMs ?? Number.POSITIVE_INFINITY);
    for (let at = Math.max(fromMs, atMs); at < end; ) {
      const slot = Math.floor(at / SLOT_MS);
      const until = Math.min(end, (slot + 1) * SLOT_MS);
      stream.add(counts, slot, weight, (until - at) / SLOT_MS);
      at = until;
    }
  }
  return counts;
}

/** Adds `more` to `total`. */
export function accumulate(total: Counts, more: Counts): void {
  total.sent += more.sent;
  for (const version of ["candidate", "baseline"] as const) {
    total[version].requests += more[version].requests;
    more[version].bad.forEach((bad, kind) => {
      total[version].bad[kind] = (total[version].bad[kind] ?? 0) + bad;
    });
  }
}

/** The last scrape that is over at a time. */
export function lastScrape(ms: number, scrapeMs: number): number {
  return Math.floor(ms / scrapeMs) * scrapeMs;
}
