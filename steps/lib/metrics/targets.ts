/**
 * Which series have ended: with the proxy that counted them, since pods of gateways and callers come and go during a release,
 * or before it, since a proxy takes a counter away with what was counted (Envoy those of a subset with the subset).
 */
import type { Series } from "../ports/metrics.ts";

/** Prometheus writes `up` for each target that it knows, answering or not; these labels tell targets apart. */
const TARGET = ["job", "instance"] as const;

/** The range selector of `up` for the targets' jobs over the last `rangeS` seconds; undefined without jobs. */
export function targetSelector(series: readonly Series[], rangeS: number): string | undefined {
  const jobs = [...new Set(series.flatMap(({ labels }) => labels["job"] ?? []))];
  if (jobs.length === 0) return undefined;
  const pattern = jobs.map((job) => job.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&")).join("|");
  return `up{job=~${JSON.stringify(pattern)}}[${rangeS}s]`;
}

/** Those without a sample after `since` (ms since the epoch). */
export function silent(series: readonly Series[], since: number): readonly Series[] {
  return series.filter(({ samples }) => !samples.some(({ time }) => time > since));
}

/**
 * The silent series that nothing is counted in any more: their target was not known at any time between `from` and `to`, or it
 * answered throughout, and without them. `targets` are the series of `up`. None as long as no target of the job was scraped
 * throughout: a store that was away itself has forgotten nobody.
 */
export function ended(
  series: readonly Series[],
  targets: readonly Series[],
  from: number,
  to: number,
): readonly Series[] {
  const third = (to - from) / 3;
  const throughout = (samples: Series["samples"]) =>
    samples.some(({ time }) => time <= from + third) && samples.some(({ time }) => time >= to - third);
  const jobs = new Set(
    targets.filter(({ samples }) => throughout(samples)).map(({ labels }) => labels["job"]),
  );
  const known = new Set(targets.map(keyOf));
  const answered = new Set(
    targets.filter(({ samples }) => throughout(samples.filter(({ value }) => value === 1))).map(keyOf),
  );
  return series.filter(
    (one) =>
      TARGET.every((label) => one.labels[label] !== undefined) &&
      jobs.has(one.labels["job"]) &&
      (!known.has(keyOf(one)) || answered.has(keyOf(one))),
  );
}

function keyOf({ labels }: Series): string {
  return TARGET.map((label) => labels[label]).join("\n");
}
