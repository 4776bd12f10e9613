/**
 * Raw counters to growth per poll: differences per series first, then sums. `rate` and `increase` are no substitute: they
 * extrapolate, and lose the first sample of a new series, which is where the first errors are.
 */
import { type Counter, countersIn, type Scrape } from "./counter-series.ts";
import type { CountedPoll, Grid, Growth, MetricGrowth, Observed, VersionName } from "./growth.ts";

/** What is known of the counters at `until`: enough to go on from there. */
export interface Counters {
  /** Everything up to here is counted: the end of the last poll. Undefined: nothing is. */
  readonly until: number | undefined;
  readonly last: ReadonlyMap<string, Scrape>;
  /** When each target was scraped last. */
  readonly targets: ReadonlyMap<string, number>;
}

export const noCounters: Counters = { until: undefined, last: new Map(), targets: new Map() };

/** The first call looks so far back before the start for values to count from; longer than a usual scrape interval. */
const LOOK_BACK_MS = 120_000;

/** From when on `pollsUntil` needs samples (later than that; ms since the epoch). Older ones do no harm. */
export function neededFrom({ start, intervalMs }: Grid, { until }: Counters): number {
  return until ?? start - Math.max(LOOK_BACK_MS, 3 * intervalMs);
}

/**
 * The polls that ended by `until` and are not counted yet, oldest first. `observed` has all samples from `neededFrom` to
 * `until`. Many calls give exactly the same polls as one for the whole time.
 *
 * A counter that falls was restarted, and counts from 0. One that is new counts from 0 when its target was scraped
 * before without it, or when its target is the candidate's alone; otherwise its first value is only what later ones are
 * compared with, for both versions alike.
 * One that comes back goes on from its last value. Growth is in the poll of the scrape that shows it; what was never
 * scraped (the last moments of a pod) is lost.
 */
export function pollsUntil(
  grid: Grid,
  state: Counters,
  observed: Observed,
  until: number,
): { readonly state: Counters; readonly polls: readonly CountedPoll[] } {
  const { start, intervalMs } = grid;
  const first = Math.round(((state.until ?? start) - start) / intervalMs);
  const ended = Math.floor((until - start) / intervalMs);
  if (ended <= first) return { state, polls: [] };
  const end = start + ended * intervalMs;
  const counters = countersIn(observed, neededFrom(grid, state), end);
  const scraped = scrapeTimes(state.targets, counters);
  const polls = Array.from({ length: ended - first }, (_, k) => emptyPoll(grid, first + k, observed));
  const last = new Map(state.last);
  const baselineTargets = new Set(
    counters
      .filter(({ version }) => version === "baseline")
      .map(({ target, scrapes }) => keyAt(target, scrapes[0]?.time)),
  );
  for (const counter of counters) {
    let previous = last.get(counter.key);
    for (const scrape of counter.scrapes) {
      const poll = polls[Math.ceil((scrape.time - start) / intervalMs) - 1 - first];
      const base = previous ?? originOf(counter, scrape.time, grid, scraped, baselineTargets);
      if (poll !== undefined) addTo(poll, counter, scrape, base);
      previous = previous === undefined ? scrape : carried(previous, scrape);
    }
    if (previous !== undefined) last.set(counter.key, previous);
  }
  const targets = new Map([...scraped].map(([target, times]) => [target, times.at(-1) ?? end]));
  return { state: { until: end, last, targets }, polls: polls.map(finished) };
}

/** When each target was scraped, oldest first. */
function scrapeTimes(
  before: Counters["targets"],
  counters: readonly Counter[],
): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, Set<number>>();
  for (const [target, time] of before) times.set(target, new Set([time]));
  for (const { target, scrapes } of counters) {
    const found = times.get(target) ?? new Set<number>();
    times.set(target, found);
    for (const { time } of scrapes) found.add(time);
  }
  return new Map([...times].map(([target, found]) => [target, [...found].sort((a, b) => a - b)]));
}

/** A target at the time of its first scrape. */
function keyAt(target: string, time: number | undefined): string {
  return `${time} ${target}`;
}

/** What a counter that is first seen at `time` is compared with; undefined when nobody can say. */
function originOf(
  { version, target }: Counter,
  time: number,
  { start, intervalMs }: Grid,
  scraped: ReadonlyMap<string, readonly number[]>,
  baselineTargets: ReadonlySet<string>,
): Scrape | undefined {
  const seen = scraped.get(target)?.findLast((other) => other < time);
  const zero = new Map<number, number>();
  if (seen !== undefined) return { time: seen, values: zero };
  // A caller that is new tells of both: what it counted before is unknown of either. A target of the candidate's own began with it.
  if (version === "candidate" && !baselineTargets.has(keyAt(target, time)))
    return { time: Math.max(start, time - intervalMs), values: zero };
  return undefined;
}

interface OpenPoll {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  since: number;
  fresh: boolean;
  readonly growth: Readonly<Record<VersionName, Readonly<Record<string, OpenGrowth>>>>;
}

interface OpenGrowth {
  readonly kind: MetricGrowth["kind"];
  /** By upper edge; all requests at infinity. */
  readonly requests: Map<number, number>;
  bad: number;
}

function emptyPoll({ start, intervalMs }: Grid, index: number, observed: Observed): OpenPoll {
  const from = start + index * intervalMs;
  const of = (version: VersionName) =>
    Object.fromEntries(
      Object.entries(observed[version]).map(([metric, { kind }]) => [
        metric,
        { kind, requests: new Map<number, number>(), bad: 0 },
      ]),
    );
  const growth = { baseline: of("baseline"), candidate: of("candidate") };
  return { index, from, to: start + (index + 1) * intervalMs, since: from, fresh: false, growth };
}

function addTo(poll: OpenPoll, counter: Counter, scrape: Scrape, base: Scrape | undefined): void {
  poll.fresh = true;
  const growth = poll.growth[counter.version][counter.metric];
  if (base === undefined || growth === undefined) return;
  poll.since = Math.min(poll.since, base.time);
  for (const [edge, amount] of grown(base.values, scrape.values)) {
    if (counter.part === "bad") growth.bad += amount;
    else growth.requests.set(edge, (growth.requests.get(edge) ?? 0) + amount);
  }
}

/** `now`, and what it lacks from before. */
function carried({ values }: Scrape, now: Scrape): Scrape {
  const lacking = [...values].filter(([edge]) => !now.values.has(edge));
  return lacking.length === 0 ? now : { ...now, values: new Map([...lacking, ...now.values]) };
}

/** A histogram restarts as a whole, also the buckets that have counted as much again. */
function grown(before: Scrape["values"], now: Scrape["values"]): readonly (readonly [number, number])[] {
  const restarted = [...now].some(([edge, value]) => value < (before.get(edge) ?? 0));
  return [...now].map(([edge, value]) => [edge, restarted ? value : value - (before.get(edge) ?? 0)]);
}

function finished({ index, from, to, since, fresh, growth }: OpenPoll): CountedPoll {
  const of = (version: VersionName): Growth =>
    Object.fromEntries(Object.entries(growth[version]).map(([metric, open]) => [metric, closed(open)]));
  return { index, from, to, since, baseline: of("baseline"), candidate: of("candidate"), fresh };
}

function closed({ kind, requests, bad }: OpenGrowth): MetricGrowth {
  const total = requests.get(Number.POSITIVE_INFINITY) ?? 0;
  if (kind === "ratio") return { kind, requests: total, bad: Math.min(bad, total) };
  const finite = [...requests].filter(([edge]) => Number.isFinite(edge)).sort(([a], [b]) => a - b);
  return { kind, total, upTo: new Map(finite) };
}
