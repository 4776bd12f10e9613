/** How much the counters of both versions grew in one poll: what evidence is made of. */
import type { Series } from "../ports/metrics.ts";

export type VersionName = "baseline" | "candidate";

/** The raw samples of one metric of one version, as its selectors found them. */
export type MetricSeries =
  | { readonly kind: "ratio"; readonly requests: readonly Series[]; readonly bad: readonly Series[] }
  | { readonly kind: "buckets"; readonly buckets: readonly Series[] };

/** By the metric's name. */
export type VersionSeries = Readonly<Record<string, MetricSeries>>;

export type Observed = Readonly<Record<VersionName, VersionSeries>>;

/** All series of a metric. */
export function seriesOf(one: MetricSeries): readonly Series[] {
  return one.kind === "buckets" ? one.buckets : [...one.requests, ...one.bad];
}

export type MetricGrowth =
  /** `bad` is at most `requests`. */
  | { readonly kind: "ratio"; readonly requests: number; readonly bad: number }
  | {
      readonly kind: "buckets";
      readonly total: number;
      /** Requests that took at most so long, by finite edge in the unit of `le`; no entries where nothing was scraped. */
      readonly upTo: ReadonlyMap<number, number>;
    };

/** By the metric's name. */
export type Growth = Readonly<Record<string, MetricGrowth>>;

/** The polls: number k (from 0) is the time in (start + k * intervalMs, start + (k + 1) * intervalMs], ms since the epoch. */
export interface Grid {
  readonly start: number;
  readonly intervalMs: number;
}

export interface CountedPoll {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** What grew may have grown since then: the time of the scrapes that it is counted from, at most `from`. */
  readonly since: number;
  readonly baseline: Growth;
  readonly candidate: Growth;
  /** Something was scraped. Otherwise nothing is known of this time; what happened in it is in the next fresh poll. */
  readonly fresh: boolean;
}

/** All requests of a poll, whatever became of them. */
export function requestsIn(growth: MetricGrowth): number {
  return growth.kind === "ratio" ? growth.requests : growth.total;
}
