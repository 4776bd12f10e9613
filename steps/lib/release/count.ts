/** Counting for the strategies that weigh evidence: raw counters from the metrics store, polls out of them, evidence in order. */
import type { CountingRecord, ExperimentStatus } from "../experiment/schema.ts";
import { withBounds } from "../loop/evidence/bound.ts";
import { addPoll, startEvidence } from "../loop/evidence/evidence.ts";
import type { Evidence, Rule } from "../loop/evidence/model.ts";
import { standing } from "../loop/evidence/standing.ts";
import type { Counts, Plan, SequentialPlan, WeighedPoll } from "../loop/model.ts";
import { pollOf } from "../loop/sequential/counts.ts";
import { edgesFor, ruleOf } from "../loop/sequential/rule.ts";
import { type Counters, neededFrom, noCounters, pollsUntil } from "../metrics/counters.ts";
import { type CountedPoll, type Grid, type Observed, seriesOf } from "../metrics/growth.ts";
import { overlaps, type Span, unsettledSpans, weightDuring } from "../metrics/unsettled.ts";
import { StepError } from "../ports/errors.ts";
import { measureStart, readSeries } from "./counters.ts";
import type { World } from "./release.ts";

/** One query covers at most so much, so that a run that was away does not ask for everything at once. */
const CHUNK_MS = 300_000;
/** How long proxies take to hear of a new weight. */
const SETTLE_MS = 2000;

/** A store may be behind, but not by more than this. */
const STALE_MS = 60_000;

/** What one process has counted so far. It can be lost at any time: a new one counts the same again from the start. */
export interface Count {
  /** What the loop must see at `now`. A store that does not answer is a finding, never an error. */
  observe(world: World, plan: Plan, status: ExperimentStatus, now: number): Promise<Counts>;
}

export function startCount(): Count {
  let memory: Memory | undefined;
  return {
    async observe(world, plan, status, now) {
      const { sequential } = plan;
      const counting = status.loop?.counting;
      if (sequential === undefined) throw new Error("this plan weighs no evidence");
      try {
        if (counting === undefined) {
          const measured = await measureStart(world, plan, sequential, now);
          return measured === undefined ? { kind: "waiting" } : { kind: "begin", measured };
        }
        memory ??= remember(sequential, counting);
        return await count(world, plan, sequential, status, counting, memory, now);
      } catch (error) {
        if (error instanceof StepError) return { kind: "unreadable", why: error.message };
        throw error;
      }
    },
  };
}

interface Memory {
  readonly grid: Grid;
  readonly rule: Rule;
  counters: Counters;
  evidence: Evidence;
  /** Answered requests at the present weight. */
  atWeight: { readonly weight: number; readonly baseline: number; readonly candidate: number };
  /** Polls that counted and may not have been judged yet. */
  weighed: readonly WeighedPoll[];
  lastFresh: number | undefined;
  /** Whether anything was ever scraped. */
  seen: boolean;
}

function remember(sequential: SequentialPlan, counting: CountingRecord): Memory {
  const rule = ruleOf(sequential, counting);
  return {
    grid: { start: Date.parse(counting.start), intervalMs: counting.pollMs },
    rule,
    counters: noCounters,
    evidence: startEvidence(rule),
    atWeight: { weight: 0, baseline: 0, candidate: 0 },
    weighed: [],
    lastFresh: undefined,
    seen: false,
  };
}

async function count(
  world: World,
  plan: Plan,
  sequential: SequentialPlan,
  status: ExperimentStatus,
  counting: CountingRecord,
  memory: Memory,
  now: number,
): Promise<Counts> {
  // Scrapes of the last interval may still be on their way into the store.
  const until = now - (counting.pollMs + 1000);
  const changes = (status.loop?.weights ?? []).map(({ at, candidate }) => ({
    at: Date.parse(at),
    candidate,
  }));
  const spans = [...unsettledSpans(changes, SETTLE_MS), ...gapsOf(counting)];
  while (neededFrom(memory.grid, memory.counters) + counting.pollMs <= until) {
    const from = neededFrom(memory.grid, memory.counters);
    const to = Math.min(until, from + CHUNK_MS + counting.pollMs);
    const observed = await readSeries(world, plan, sequential, from, to);
    const newest = newestSample(observed);
    // A store that is behind by more than an interval: what it has not got yet must not be passed over.
    const known = newest === undefined ? to : Math.min(to, newest);
    if (newest !== undefined) memory.seen = true;
    const { state, polls } = pollsUntil(memory.grid, memory.counters, observed, known);
    if (polls.length === 0) break;
    memory.counters = state;
    for (const poll of polls) weigh(memory, sequential, counting, poll, weightOf(poll, changes, spans));
  }
  const upTo = Math.floor(
    ((memory.counters.until ?? memory.grid.start) - memory.grid.start) / counting.pollMs,
  );
  const stale = staleFor(memory, counting, until);
  if (stale !== undefined) return { kind: "unreadable", why: stale };
  const latest = memory.weighed.at(-1);
  const polls = memory.weighed.filter((poll) => poll.number > counting.judged);
  memory.weighed = polls.length > 0 ? polls : latest === undefined ? [] : [latest];
  return { kind: "polls", polls, latest, upTo: Math.max(upTo, counting.judged) };
}

/** The weight at which a poll counts; undefined when it does not. */
function weightOf(
  poll: CountedPoll,
  changes: readonly { readonly at: number; readonly candidate: number }[],
  spans: readonly Span[],
): number | undefined {
  if (!poll.fresh || overlaps(poll, spans)) return undefined;
  const weight = weightDuring(poll, changes);
  return weight !== undefined && weight > 0 ? weight : undefined;
}

function weigh(
  memory: Memory,
  sequential: SequentialPlan,
  counting: CountingRecord,
  poll: CountedPoll,
  weight: number | undefined,
): void {
  if (poll.fresh) memory.lastFresh = poll.to;
  if (weight === undefined) return;
  const edges = (metric: string) => edgesFor(sequential, metric, counting.edges);
  const warmingUp = counting.morePods
    .map((at) => Date.parse(at))
    .map((from) => ({ from, to: from + sequential.warmUpMs }));
  const counted = pollOf(sequential.criteria, edges, poll, weight, overlaps(poll, warmingUp));
  memory.evidence = addPoll(memory.rule, memory.evidence, counted);
  const { baseline, candidate } = counted.requests;
  const before = memory.atWeight.weight === weight ? memory.atWeight : { baseline: 0, candidate: 0 };
  memory.atWeight = {
    weight,
    baseline: before.baseline + baseline.requests,
    candidate: before.candidate + candidate.requests,
  };
  const one: WeighedPoll = {
    number: poll.index + 1,
    to: poll.to,
    weight,
    requests: memory.atWeight,
    standing: withBounds(memory.rule, memory.evidence, standing(memory.rule, memory.evidence)),
  };
  memory.weighed = [...memory.weighed, one];
}

function gapsOf({ gaps = [] }: CountingRecord): readonly Span[] {
  return gaps.map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) + SETTLE_MS }));
}

/** A store that answers and has stopped scraping knows nothing of the candidate any more. */
function staleFor(
  { grid, lastFresh = grid.start, seen }: Memory,
  { pollMs }: CountingRecord,
  until: number,
): string | undefined {
  if (!seen || until - lastFresh < Math.max(3 * pollMs, STALE_MS)) return undefined;
  return `no new samples of the request counters for ${Math.round((until - lastFresh) / 1000)} s`;
}

/** When the newest sample was taken, ms since the epoch. */
function newestSample(observed: Observed): number | undefined {
  const series = [observed.baseline, observed.candidate].flatMap((version) =>
    Object.values(version).flatMap(seriesOf),
  );
  const times = series.flatMap(({ samples }) => samples.at(-1)?.time ?? []);
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
}
