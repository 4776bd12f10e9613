/** The time series store: samples by label set, in memory, forgotten after a while. No sockets, no clock of its own. */
import type { Series } from "../../steps/lib/ports/metrics.ts";
import { type Labels, type Matcher, matchesAll } from "./matcher.ts";

export interface LatestSample {
  readonly labels: Labels;
  readonly time: number;
  readonly value: number;
}

/** All times are milliseconds since the epoch. `labels` include the metric's name as `__name__`. */
export interface Samples {
  /** A sample that is not newer than the newest one of its series is dropped, as Prometheus does. */
  append(labels: Labels, time: number, value: number): void;
  /** From `time` on the series has no current value, until the next sample. */
  markStale(labels: Labels, time: number): void;
  /** The newest sample in (at - lookback, at] of every series that is not stale then. */
  latest(matchers: readonly Matcher[], at: number, lookbackMs: number): readonly LatestSample[];
  /** The samples in (after, until]; a series with none is left out. */
  range(matchers: readonly Matcher[], after: number, until: number): readonly Series[];
}

interface StoredSeries {
  readonly labels: Labels;
  times: number[];
  values: number[];
  staleTimes: number[];
}

const SWEEP_MS = 60_000;

/** An empty store that keeps samples for `retentionMs` (an hour unless told) before the newest one of all. */
export function createSamples({ retentionMs = 3_600_000 } = {}): Samples {
  const byName = new Map<string, Map<string, StoredSeries>>();
  /** Those who scrape in memory bring the same object each time. */
  const keys = new WeakMap<Labels, string>();
  let newest = Number.NEGATIVE_INFINITY;
  let nextSweep = Number.NEGATIVE_INFINITY;

  function seriesOf(labels: Labels): StoredSeries {
    const name = labels["__name__"] ?? "";
    const named = byName.get(name) ?? new Map<string, StoredSeries>();
    byName.set(name, named);
    const key = keys.get(labels) ?? labelKey(labels);
    keys.set(labels, key);
    const series = named.get(key) ?? { labels: { ...labels }, times: [], values: [], staleTimes: [] };
    named.set(key, series);
    return series;
  }

  function* select(matchers: readonly Matcher[]): Iterable<StoredSeries> {
    const name = matchers.find(({ label, operator }) => label === "__name__" && operator === "=")?.value;
    const named =
      name === undefined ? byName.values() : [byName.get(name) ?? new Map<string, StoredSeries>()];
    for (const all of named)
      for (const series of all.values()) if (matchesAll(matchers, series.labels)) yield series;
  }

  /** Forgetting costs a pass over everything, so it happens once a minute of samples. */
  function advance(time: number): void {
    newest = Math.max(newest, time);
    if (newest < nextSweep) return;
    nextSweep = newest + SWEEP_MS;
    for (const [name, named] of byName) {
      for (const [key, series] of named) {
        forgetBefore(series, newest - retentionMs);
        if (series.times.length === 0) named.delete(key);
      }
      if (named.size === 0) byName.delete(name);
    }
  }

  return {
    append(labels, time, value) {
      advance(time);
      const { times, values } = seriesOf(labels);
      const last = times.at(-1);
      if (last !== undefined && time <= last) return;
      times.push(time);
      values.push(value);
    },
    markStale(labels, time) {
      seriesOf(labels).staleTimes.push(time);
    },
    latest(matchers, at, lookbackMs) {
      const found: LatestSample[] = [];
      for (const { labels, times, values, staleTimes } of select(matchers)) {
        const index = countUpTo(times, at) - 1;
        const time = times[index];
        const value = values[index];
        if (time === undefined || value === undefined || time <= at - lookbackMs) continue;
        const stale = staleTimes[countUpTo(staleTimes, at) - 1];
        if (stale === undefined || stale <= time) found.push({ labels, time, value });
      }
      return found;
    },
    range(matchers, after, until) {
      const found: Series[] = [];
      for (const { labels, times, values } of select(matchers)) {
        const from = countUpTo(times, after);
        const samples = times
          .slice(from, countUpTo(times, until))
          .map((time, index) => ({ time, value: values[from + index] ?? Number.NaN }));
        if (samples.length > 0) found.push({ labels, samples });
      }
      return found;
    },
  };
}

/** The same text for the same label set, whatever the order of its keys. */
export function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** How many of the ascending `times` are not later than `limit`. */
function countUpTo(times: readonly number[], limit: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Number.POSITIVE_INFINITY) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function forgetBefore(series: StoredSeries, limit: number): void {
  const old = countUpTo(series.times, limit);
  series.times = series.times.slice(old);
  series.values = series.values.slice(old);
  series.staleTimes = series.staleTimes.slice(countUpTo(series.staleTimes, limit));
}
