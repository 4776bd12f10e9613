/** Latency limits on histograms: only at an edge is it known how many requests were slower. Never interpolated. */
import { formatDuration } from "../experiment/duration.ts";
import type { Series } from "../ports/metrics.ts";
import { edgeOf, labelsKey } from "./counter-series.ts";
import type { MetricGrowth } from "./growth.ts";

type BucketGrowth = Extract<MetricGrowth, { kind: "buckets" }>;

/** The finite upper edges that every histogram in `series` has, ascending, in the unit of `le`. */
export function edgesOf(series: readonly Series[]): readonly number[] {
  const histograms = new Map<string, Set<number>>();
  for (const { labels } of series) {
    const edge = edgeOf(labels);
    if (edge === undefined) continue;
    const key = labelsKey(labels, true);
    const edges = histograms.get(key) ?? new Set<number>();
    histograms.set(key, edges.add(edge));
  }
  return (
    [...histograms.values()].reduce<readonly number[] | undefined>(
      (common, edges) => (common ? common.filter((edge) => edges.has(edge)) : ascending(edges)),
      undefined,
    ) ?? []
  );
}

function ascending(edges: Iterable<number>): readonly number[] {
  return [...edges].filter((edge) => Number.isFinite(edge)).sort((a, b) => a - b);
}

/** Where a limit is judged; all in the unit of the edges. */
export interface LimitEdges {
  /** The next edge at or above the limit, which counts too few requests as slow; infinity when there is none. */
  readonly abort: number;
  /** The next edge at or below it, which counts too many; 0 when there is none. */
  readonly promote: number;
  readonly isEdge: boolean;
}

/** The safe edge on each side: an abort and a promotion are both true of the limit itself. */
export function limitEdges(limit: number, edges: readonly number[]): LimitEdges {
  // 0.57 s times 1000 is not 570 ms to the last digit.
  const at = Number(limit.toPrecision(12));
  const abort = edges.find((edge) => edge >= at) ?? Number.POSITIVE_INFINITY;
  const promote = edges.findLast((edge) => edge <= at) ?? 0;
  return { abort, promote, isEdge: abort === promote };
}

/** Requests and those among them beyond `edge`. Undefined when the poll's requests were not sorted at that edge. */
export function beyond(
  { total, upTo }: BucketGrowth,
  edge: number,
): { readonly requests: number; readonly bad: number } | undefined {
  if (total === 0 || edge === Number.POSITIVE_INFINITY) return { requests: total, bad: 0 };
  if (edge <= 0) return { requests: total, bad: total };
  const within = upTo.get(edge);
  return within === undefined
    ? undefined
    : { requests: total, bad: Math.min(total, Math.max(0, total - within)) };
}

/** Requests per bucket, the last one beyond the last edge. Undefined when an edge is missing in the poll. */
export function perBucket(
  { total, upTo }: BucketGrowth,
  edges: readonly number[],
): readonly number[] | undefined {
  const counts: number[] = [];
  let below = 0;
  for (const edge of edges) {
    const within = total === 0 ? 0 : upTo.get(edge);
    if (within === undefined) return undefined;
    // Cumulative counts that fall are a restart that could not be seen.
    const rising = Math.min(total, Math.max(below, within));
    counts.push(rising - below);
    below = rising;
  }
  return [...counts, total - below];
}

/** What to know about a limit that is no edge of the buckets, limit in ms, edges in `unitMs`; undefined when it is one. */
export function limitWarning(
  metric: string,
  limitMs: number,
  edges: readonly number[],
  unitMs: number,
): string | undefined {
  const { abort, promote, isEdge } = limitEdges(limitMs / unitMs, edges);
  if (isEdge) return undefined;
  const limit = `${metric}: the limit ${time(limitMs)}`;
  const [smallest, largest] = [edges[0], edges.at(-1)];
  if (smallest === undefined || largest === undefined)
    return `${limit} cannot be judged, there are no buckets`;
  if (abort === Number.POSITIVE_INFINITY) {
    const edge = time(largest * unitMs);
    return `${limit} is above the largest bucket edge ${edge}, so no request counts as slower when it comes to a rollback; take at most ${edge}`;
  }
  if (promote === 0) {
    const edge = time(smallest * unitMs);
    return `${limit} is below the smallest bucket edge ${edge}, so every request counts as slower when it comes to a promotion; take at least ${edge}`;
  }
  const [above, below] = [time(abort * unitMs), time(promote * unitMs)];
  return `${limit} is between the bucket edges ${below} and ${above}: a rollback counts requests slower than ${above}, a promotion those slower than ${below}; take one of them to judge the limit itself`;
}

function time(ms: number): string {
  return ms < 1000 ? `${Number(ms.toPrecision(6))}ms` : formatDuration(ms);
}
