/** Asking the metrics store what the loop needs to know. A store that does not answer is a finding, never an error. */
import type { Experiment, ExperimentStatus, MetricRecord } from "../experiment/schema.ts";
import type { Observation, Reading, Readings } from "../loop/model.ts";
import { timeOf } from "../loop/record.ts";
import { type Counter, observedSplit, rateBetween, requestSelector, traffic } from "../metrics/requests.ts";
import { entityTags, pickSample } from "../metrics/samples.ts";
import { scrapeInterval } from "../metrics/scrape-interval.ts";
import { ended, silent, targetSelector } from "../metrics/targets.ts";
import { fillTemplate, type QueryWindow, queryWindow } from "../metrics/templates.ts";
import { StepError } from "../ports/errors.ts";
import type { Metrics, Series } from "../ports/metrics.ts";
import type { Release, World } from "./release.ts";

/** Every metric of the criteria for both versions, over the time since the experiment started (as Iter8 does). */
export async function readMetrics(
  { metrics }: World,
  { plan }: Release,
  experiment: Experiment,
  now: number,
): Promise<Readings> {
  const start = timeOf(experiment.status?.loop?.startedAt) ?? now;
  const window = queryWindow(Math.min(start, now), now, now);
  const names = new Set(plan.criteria.map((criterion) => criterion.metricName));
  try {
    const read = await Promise.all(
      [...names].map(async (name) => {
        const metric = experiment.metrics?.[name];
        if (metric === undefined) throw new StepError(`metric ${name} is not in the Experiment`);
        const of = (version: string) => entityTags(plan.kind, version, plan.namespace);
        const read = await readMetric(metrics, metric, window, now, Object.keys(of("")));
        return [
          name,
          { baseline: read(of(plan.baseline ?? "")), candidate: read(of(plan.candidate)) },
        ] as const;
      }),
    );
    return { ok: true, metrics: new Map(read) };
  } catch (error) {
    if (error instanceof StepError) return { ok: false, why: error.message };
    throw error;
  }
}

type Tags = Readonly<Record<string, string>>;

/** One metric: two queries that answer for every version at once. The result tells each by its tags. Throws StepError. */
export async function readMetric(
  metrics: Metrics,
  metric: MetricRecord,
  window: QueryWindow,
  now: number,
  entityLabels: readonly string[],
): Promise<(tags: Tags) => Reading> {
  const query = (template: string) =>
    metrics.instant(fillTemplate(template, { ...window, entityLabels }), now);
  const [values, sizes] = await Promise.all([
    query(metric.query_template),
    query(metric.sample_size_template),
  ]);
  const absent = Number.parseFloat(metric.absent_value);
  return (tags) => {
    const sampleSize = pickSample(sizes, tags) ?? 0;
    // Without requests there is no value, whatever the template says of absent ones: no data is not a zero.
    const fallback = sampleSize > 0 && !Number.isNaN(absent) ? absent : undefined;
    return { value: pickSample(values, tags) ?? fallback, sampleSize };
  };
}

/** The candidate's share of the requests since its weight was set; undefined when it cannot be told. */
export async function measureShare(
  world: World,
  release: Release,
  status: ExperimentStatus,
  now: number,
): Promise<Observation["observedShare"]> {
  const since = timeOf(status.loop?.weights?.at(-1)?.at);
  const { plan } = release;
  const { kind, namespace } = plan;
  if (since === undefined || plan.baseline === undefined) return undefined;
  try {
    const [baseline, candidate] = await Promise.all([
      requestsOf(world, { kind, name: plan.baseline, namespace }, since, now),
      requestsOf(world, { kind, name: plan.candidate, namespace }, since, now),
    ]);
    const split = observedSplit(baseline, candidate, since, now);
    if (split.percent === undefined) return undefined;
    return { candidate: split.percent, requests: Math.round(split.baseline + split.candidate) };
  } catch (error) {
    if (error instanceof StepError) return undefined;
    throw error;
  }
}

/** Whether requests still reach the version that lost, `moved` being when its traffic was taken away. */
export async function measureLoser(
  world: World,
  { plan }: Release,
  status: ExperimentStatus,
  moved: number,
): Promise<NonNullable<Observation["loser"]>> {
  const promoted = status.loop?.verdict?.winner === "candidate";
  const [name, other] = promoted ? [plan.baseline, plan.candidate] : [plan.candidate, plan.baseline];
  if (name === undefined) return "stopped";
  const counterOf = (version: string) => ({ kind: plan.kind, name: version, namespace: plan.namespace });
  const weights = status.loop?.weights ?? [];
  const shares = weights
    .map(({ at, candidate }) => ({ at: Date.parse(at), percent: promoted ? 100 - candidate : candidate }))
    .map((one, index, all) => ({ ...one, until: all[index + 1]?.at }))
    .filter(({ percent }) => percent > 0);
  const last = shares.at(-1);
  // SIGTERM moved the traffic; the weight was written down by who came next.
  const interruptedAt = timeOf(status.loop?.interrupted) ?? 0;
  return await trafficOf(world, counterOf(name), {
    // From the first weight on: a counter that was there once and is not scraped any more has not stopped.
    since: timeOf(weights[0]?.at) ?? moved,
    drainMs: plan.drainMs,
    notBefore: moved,
    ...(other !== undefined &&
      last !== undefined && {
        split: {
          other: counterOf(other),
          share: last.percent / 100,
          from: promoted ? 0 : (shares[0]?.at ?? 0),
          until: Math.min(last.until ?? moved, interruptedAt > last.at ? interruptedAt : moved),
        },
      }),
  });
}

/** Windows over which a counter must stand still, in ms: the drain time, or longer where scrapes are rare. */
const STILL_MS = [30_000, 60_000, 120_000] as const;
/** A counter that stands still says something once so many requests were due; without that many, after a minute. */
const DUE_REQUESTS = 15;
const LONG_ENOUGH_MS = 60_000;

interface Asked {
  readonly since: number;
  readonly drainMs: number;
  /** Windows that begin earlier do not count. */
  readonly notBefore?: number;
  /** The share of the requests of both that the version had got in the end, and from when until when it had got any. */
  readonly split?: {
    readonly other: Counter;
    readonly share: number;
    readonly from: number;
    readonly until: number;
  };
}

/** Whether a version still gets requests, by its counter since `since`. */
export async function trafficOf(
  world: World,
  counter: Counter,
  { since, drainMs, notBefore = since, split }: Asked,
): Promise<NonNullable<Observation["loser"]>> {
  const now = world.clock.now();
  try {
    const series = await requestsOf(world, counter, since, now);
    const until = split?.until ?? notBefore;
    const from = Math.max(until - 60_000, split?.from ?? 0);
    const rateOf = (some: readonly Series[]) => rateBetween(some, from, until);
    const own = rateOf(series);
    // What it got by chance in a short time, or at another share, says too much of what is due to it: the smaller one holds.
    const rate =
      split === undefined || own === 0
        ? own
        : Math.min(own, split.share * (own + rateOf(await requestsOf(world, split.other, since, now))));
    const scrapeMs = scrapeInterval(series) ?? 0;
    const counted = await withoutEnded(world, series, Math.max(TARGETS_MS, 3 * scrapeMs), now);
    // Between the first and the last scrape in a window there is up to one interval less.
    const telling = rate === 0 ? 0 : Math.min((1000 * DUE_REQUESTS) / rate + scrapeMs, LONG_ENOUGH_MS);
    const shortest = Math.max(drainMs, 1000, telling);
    // Two scrapes must fit in.
    const scrapes = 2 * scrapeMs + 1000;
    const windows = [shortest, ...[scrapes, ...STILL_MS].filter((window) => window > shortest)].filter(
      (window) => now - window >= notBefore,
    );
    const answers = windows.map((window) => traffic(counted, now - window));
    if (answers.includes("stopped")) return "stopped";
    return answers[0] ?? "unseen";
  } catch (error) {
    if (error instanceof StepError) return "unreadable";
    throw error;
  }
}

/** A proxy that the store has not known for so long is gone. */
const TARGETS_MS = 60_000;

async function withoutEnded(
  { metrics }: World,
  series: readonly Series[],
  windowMs: number,
  now: number,
): Promise<readonly Series[]> {
  const quiet = silent(series, now - windowMs);
  const selector = targetSelector(quiet, Math.ceil(windowMs / 1000));
  if (selector === undefined) return series;
  const gone = ended(quiet, await metrics.range(selector, now), now - windowMs, now);
  return series.filter((one) => !gone.includes(one));
}

/** The raw request counters of a version, from a minute before `since`, so that a series' first samples are in it. */
async function requestsOf(
  { metrics }: World,
  counter: Counter,
  since: number,
  now: number,
): Promise<readonly Series[]> {
  const rangeS = Math.ceil((now - since) / 1000) + 60;
  return await metrics.range(requestSelector(counter, rangeS), now);
}
