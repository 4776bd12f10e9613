/** Series sorted into counters: one counter is all that is read, and restarts, as one. */
import type { Series } from "../ports/metrics.ts";
import type { MetricSeries, Observed, VersionName } from "./growth.ts";

/** A plain counter, or the cumulative buckets of one histogram. */
export interface Counter {
  readonly key: string;
  readonly version: VersionName;
  readonly metric: string;
  readonly part: "requests" | "bad" | "buckets";
  /** Who was scraped: `job` and `instance`. */
  readonly target: string;
  readonly scrapes: readonly Scrape[];
}

export interface Scrape {
  /** ms since the epoch */
  readonly time: number;
  /** By upper edge; a plain counter's one value is at infinity. */
  readonly values: ReadonlyMap<number, number>;
}

/**
 * The counters in `observed`, in an order that depends on their labels alone, each with its samples after `after` and
 * up to `until`, oldest first. What cannot be a counter's value is left out: below 0 or not finite.
 */
export function countersIn(observed: Observed, after: number, until: number): readonly Counter[] {
  const counters: Counter[] = [];
  for (const version of ["baseline", "candidate"] as const) {
    for (const [metric, series] of Object.entries(observed[version])) {
      for (const { part, of } of partsOf(series)) {
        const grouped = group(of, part === "buckets", after, until);
        for (const { labels, target, scrapes } of grouped) {
          const key = JSON.stringify([version, metric, part]) + labels;
          counters.push({ key, version, metric, part, target, scrapes });
        }
      }
    }
  }
  return counters.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function partsOf(
  series: MetricSeries,
): readonly { readonly part: Counter["part"]; readonly of: readonly Series[] }[] {
  if (series.kind === "buckets") return [{ part: "buckets", of: series.buckets }];
  return [
    { part: "requests", of: series.requests },
    { part: "bad", of: series.bad },
  ];
}

interface Group {
  readonly labels: string;
  readonly target: string;
  readonly scrapes: readonly Scrape[];
}

function group(all: readonly Series[], histograms: boolean, after: number, until: number): readonly Group[] {
  const groups = new Map<string, { target: string; times: Map<number, Map<number, number>> }>();
  for (const { labels, samples } of all) {
    const edge = histograms ? edgeOf(labels) : Number.POSITIVE_INFINITY;
    if (edge === undefined) continue;
    const key = labelsKey(labels, histograms);
    const found = groups.get(key) ?? {
      target: targetOf(labels),
      times: new Map<number, Map<number, number>>(),
    };
    groups.set(key, found);
    for (const { time, value } of samples) {
      if (time <= after || time > until || !Number.isFinite(value) || value < 0) continue;
      const values = found.times.get(time) ?? new Map<number, number>();
      found.times.set(time, values);
      values.set(edge, value);
    }
  }
  return [...groups]
    .filter(([, { times }]) => times.size > 0)
    .map(([labels, { target, times }]) => ({
      labels,
      target,
      scrapes: [...times].map(([time, values]) => ({ time, values })).sort((a, b) => a.time - b.time),
    }));
}

/** The upper edge of a bucket, in the unit of `le`; undefined when the labels tell none. */
export function edgeOf(labels: Series["labels"]): number | undefined {
  const { le = "" } = labels;
  if (/^\+?Inf$/i.test(le)) return Number.POSITIVE_INFINITY;
  return le.trim() === "" || !Number.isFinite(Number(le)) ? undefined : Number(le);
}

/** The same text for the same labels in any order, of a histogram without the edge. */
export function labelsKey(labels: Series["labels"], withoutEdge: boolean): string {
  let key = "";
  for (const name of Object.keys(labels).sort()) {
    const value = labels[name] ?? "";
    // The length keeps apart what a separator in a value would mix up.
    if (!withoutEdge || name !== "le") key += `${name}=${value.length}:${value},`;
  }
  return key;
}

/** Labels without job and instance do not tell one target from another: then all are one. */
function targetOf({ job = "", instance = "" }: Series["labels"]): string {
  return JSON.stringify([job, instance]);
}
