/** `histogram_quantile`: a quantile read from cumulative buckets, linear inside a bucket. */
import type { Sample } from "../../steps/lib/ports/metrics.ts";
import type { Labels } from "./matcher.ts";
import { labelKey } from "./samples.ts";
import { groupLabels, type Vector, vectorOf } from "./value.ts";

interface Bucket {
  readonly upperBound: number;
  readonly count: number;
}

/** One sample per histogram in `samples`; series without a readable `le` are passed over. */
export function histogramQuantile(quantile: number, samples: readonly Sample[]): Vector {
  const histograms = new Map<string, { readonly labels: Labels; readonly buckets: Map<number, number> }>();
  for (const sample of samples) {
    const upperBound = boundOf(sample.labels["le"]);
    if (upperBound === undefined) continue;
    const labels = groupLabels({ mode: "except", labels: ["le"] }, sample.labels);
    const key = labelKey(labels);
    const histogram = histograms.get(key) ?? { labels, buckets: new Map<number, number>() };
    histograms.set(key, histogram);
    histogram.buckets.set(upperBound, (histogram.buckets.get(upperBound) ?? 0) + sample.value);
  }
  return vectorOf(
    [...histograms.values()].map(({ labels, buckets }) => ({
      labels,
      value: bucketQuantile(quantile, buckets),
    })),
  );
}

function boundOf(le: string | undefined): number | undefined {
  if (le === undefined || le.trim() === "") return undefined;
  if (/^\+?Inf$/i.test(le)) return Number.POSITIVE_INFINITY;
  const bound = Number(le);
  return Number.isNaN(bound) ? undefined : bound;
}

function bucketQuantile(quantile: number, counts: ReadonlyMap<number, number>): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const buckets = rising([...counts].sort(([a], [b]) => a - b));
  const last = buckets.at(-1);
  const beforeLast = buckets.at(-2);
  if (last?.upperBound !== Number.POSITIVE_INFINITY || beforeLast === undefined || last.count === 0)
    return Number.NaN;

  const rank = quantile * last.count;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  if (bucket === undefined || bucket === last) return beforeLast.upperBound;
  const below = buckets[index - 1];
  if (below === undefined && bucket.upperBound <= 0) return bucket.upperBound;
  const start = below?.upperBound ?? 0;
  const countBelow = below?.count ?? 0;
  return start + (bucket.upperBound - start) * ((rank - countBelow) / (bucket.count - countBelow));
}

/** Counts that never fall; a difference that can only be rounding is none. */
function rising(counts: readonly (readonly [number, number])[]): readonly Bucket[] {
  let highest = counts[0]?.[1] ?? 0;
  return counts.map(([upperBound, count]) => {
    const rounding = count !== 0 && highest !== 0 && Math.abs(count - highest) < 1e-12 * (count + highest);
    if (count > highest && !rounding) highest = count;
    return { upperBound, count: highest };
  });
}
