/** The baseline before the canary: how its requests came, poll by poll, and how many. */
import { noCounters, pollsUntil } from "./counters.ts";
import { type Grid, type MetricGrowth, type MetricSeries, requestsIn } from "./growth.ts";

/** How far back requests are looked at for bursts. */
export const HISTORY_MS = 600_000;
const RATE_MS = 60_000;
const METRIC = "history";

/** Growth per poll over the last HISTORY_MS before `until`, oldest first; polls without requests are left out. */
export function pollHistory(
  series: MetricSeries,
  { until, intervalMs }: { readonly until: number; readonly intervalMs: number },
): readonly MetricGrowth[] {
  const polls = Math.floor(HISTORY_MS / intervalMs);
  const growth = growthOf(series, { start: until - polls * intervalMs, intervalMs }, until);
  return growth.filter((poll) => requestsIn(poll) > 0);
}

/**
 * Requests per second over the minute before `until`, from the last scrape before that minute (or the first in it) to the
 * last one. Undefined when there were no two scrapes.
 */
export function requestRate(series: MetricSeries, until: number): number | undefined {
  const all = series.kind === "ratio" ? series.requests : series.buckets;
  const times = all
    .flatMap(({ samples }) => samples.map(({ time }) => time))
    .filter((time) => time <= until)
    .sort((a, b) => a - b);
  const last = times.at(-1);
  const first = times.findLast((time) => time <= until - RATE_MS) ?? times[0];
  if (first === undefined || last === undefined || last <= Math.max(first, until - RATE_MS)) return undefined;
  const [growth] = growthOf(series, { start: first, intervalMs: last - first }, last);
  return growth === undefined ? undefined : (1000 * requestsIn(growth)) / (last - first);
}

function growthOf(series: MetricSeries, grid: Grid, until: number): readonly MetricGrowth[] {
  const observed = { baseline: { [METRIC]: series }, candidate: {} };
  const { polls } = pollsUntil(grid, noCounters, observed, until);
  return polls.flatMap(({ baseline }) => baseline[METRIC] ?? []);
}
