/** Raw counters of the two versions, and what a run has to know of the baseline's before it starts. */
import { estimateBurst } from "../loop/evidence/burst.ts";
import { firstWeight } from "../loop/evidence/ramp.ts";
import type { Measured, Plan, SequentialPlan } from "../loop/model.ts";
import { FAILURES } from "../loop/sequential/selectors.ts";
import { edgesOf } from "../metrics/buckets.ts";
import { type CountedVersion, type CounterSelectors, rangeSelector } from "../metrics/counter-selectors.ts";
import { noCounters, pollsUntil } from "../metrics/counters.ts";
import {
  type Growth,
  type MetricSeries,
  type Observed,
  seriesOf,
  type VersionSeries,
} from "../metrics/growth.ts";
import { HISTORY_MS, pollHistory, requestRate } from "../metrics/history.ts";
import { scrapeInterval } from "../metrics/scrape-interval.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { World } from "./release.ts";

/** All samples of both versions from `from` to `to`, ms since the epoch. Throws StepError. */
export async function readSeries(
  { metrics }: World,
  plan: Plan,
  { selectors }: SequentialPlan,
  from: number,
  to: number,
): Promise<Observed> {
  const rangeS = Math.ceil((to - from) / 1000) + 1;
  const { kind, namespace, service } = plan;
  const of = (name: string) =>
    readVersion(metrics, selectors, { kind, name, namespace, service }, rangeS, to);
  const [baseline, candidate] = await Promise.all([of(plan.baseline ?? ""), of(plan.candidate)]);
  return { baseline, candidate };
}

/** The samples of one version's counters over the `rangeS` seconds before `to`. Throws StepError. */
export async function readVersion(
  metrics: Metrics,
  selectors: Readonly<Record<string, CounterSelectors>>,
  version: CountedVersion,
  rangeS: number,
  to: number,
): Promise<VersionSeries> {
  const ask = (selector: string) => metrics.range(rangeSelector(selector, version, rangeS), to);
  const read = async (counters: CounterSelectors): Promise<MetricSeries> => {
    if (counters.kind === "buckets") return { kind: "buckets", buckets: await ask(counters.buckets) };
    const [requests, bad] = await Promise.all([ask(counters.requests), ask(counters.bad)]);
    return { kind: "ratio", requests, bad };
  };
  const found = await Promise.all(
    Object.entries(selectors).map(async ([name, counters]) => [name, await read(counters)] as const),
  );
  return Object.fromEntries(found);
}

/** What the last ten minutes of the baseline say. */
export interface Baseline {
  /** How much its counters grew in that time. */
  readonly growth: Growth;
  /** Undefined when nothing was scraped. */
  readonly scrapeMs: number | undefined;
  /** Requests per second over the last minute. */
  readonly rate: number;
  /** How many requests fail together. 1 when there is too little to tell. */
  readonly burst: number;
  readonly edges: Measured["edges"];
}

/** Throws StepError when the store cannot be asked. */
export async function measureBaseline(
  metrics: Metrics,
  selectors: Readonly<Record<string, CounterSelectors>>,
  version: CountedVersion,
  now: number,
): Promise<Baseline> {
  const series = await readVersion(metrics, selectors, version, HISTORY_MS / 1000 + 60, now);
  const failures = series[FAILURES];
  const scrapeMs = scrapeInterval(Object.values(series).flatMap(seriesOf));
  const grid = { start: now - HISTORY_MS, intervalMs: HISTORY_MS };
  const [all] = pollsUntil(grid, noCounters, { baseline: series, candidate: {} }, now).polls;
  const history =
    failures === undefined || scrapeMs === undefined
      ? []
      : pollHistory(failures, { until: now, intervalMs: scrapeMs }).flatMap((growth) =>
          growth.kind === "ratio" ? [growth] : [],
        );
  return {
    growth: all?.baseline ?? {},
    scrapeMs,
    rate: failures === undefined ? 0 : (requestRate(failures, now) ?? 0),
    burst: estimateBurst(history),
    edges: Object.fromEntries(
      Object.entries(series).flatMap(([name, one]) =>
        one.kind === "buckets" ? [[name, [...edgesOf(one.buckets)]] as const] : [],
      ),
    ),
  };
}

/** What is fixed when a run starts; undefined as long as the baseline's counters were not scraped. Throws StepError. */
export async function measureStart(
  { metrics }: World,
  plan: Plan,
  sequential: SequentialPlan,
  now: number,
): Promise<Measured | undefined> {
  const { kind, namespace, service, baseline = "" } = plan;
  const version = { kind, name: baseline, namespace, service };
  return startOf(sequential, await measureBaseline(metrics, sequential.selectors, version, now));
}

export function startOf(
  { steps, burst, deadlineMs }: SequentialPlan,
  baseline: Baseline,
): Measured | undefined {
  if (baseline.scrapeMs === undefined) return undefined;
  const pollMs = Math.max(baseline.scrapeMs, 1000);
  return {
    pollMs,
    horizon: Math.max(1, Math.ceil(deadlineMs / pollMs)),
    burst: burst === "auto" ? baseline.burst : burst,
    firstWeight: firstWeight(baseline.rate, pollMs, steps),
    edges: baseline.edges,
  };
}
