/**
 * What the sequential strategy costs per poll, and that it does not cost more the longer a run has lasted.
 *
 *     npm run bench -- loop [--quick]
 */
import { parseArgs } from "node:util";
import { serialize } from "node:v8";
import { addPoll, startEvidence } from "../../steps/lib/loop/evidence/evidence.ts";
import type { Evidence, Poll, Rule } from "../../steps/lib/loop/evidence/model.ts";
import { standing } from "../../steps/lib/loop/evidence/standing.ts";
import { pollOf } from "../../steps/lib/loop/sequential/counts.ts";
import { edgesFor, ruleOf } from "../../steps/lib/loop/sequential/rule.ts";
import { nextMove } from "../../steps/lib/loop/strategies/sequential.ts";
import { type Counters, neededFrom, noCounters, pollsUntil } from "../../steps/lib/metrics/counters.ts";
import type { CountedPoll, Grid } from "../../steps/lib/metrics/growth.ts";
import { planOf } from "./plans.ts";
import { edgesOf, INTERVAL_MS, LATENCY, samplesOf } from "./pods.ts";

const METHOD = `A candidate that is like its baseline, at half of the traffic; a scrape every ${INTERVAL_MS / 1000} s. First so many polls are counted and
weighed, as after a resume; then the CPU time of the next ones is taken, one poll at a time: counters from raw samples to growth, evidence
from growth to a move (the first of ten criteria is the limit on errors; the ten are of every kind). "Held" is the size
of what is kept from poll to poll, serialized. Medians of five stretches of 20 polls; "x" is the cost after many polls, divided by that after few.`;

const FEW = 60;
const WEIGHT = 50;
const STRETCHES = 5;
const STRETCH = 20;

interface Cost {
  /** CPU time per poll, microseconds. */
  readonly micros: number;
  /** Bytes. */
  readonly held: number;
}

const GRID: Grid = { start: 120 * INTERVAL_MS, intervalMs: INTERVAL_MS };

const endOf = (polls: number): number => GRID.start + polls * INTERVAL_MS;

/** Counts `polls` polls in ranges of 5 minutes, as the loop reads them. */
function countAll(pods: number, edges: readonly number[], polls: number): Counters {
  let state: Counters = noCounters;
  for (let count = 0; count < polls; ) {
    count = Math.min(polls, count + 60);
    const observed = samplesOf(pods, edges, neededFrom(GRID, state), endOf(count));
    state = pollsUntil(GRID, state, observed, endOf(count)).state;
  }
  return state;
}

/** Counts `polls` polls, and then more of which the time is taken. */
function counters(pods: number, buckets: number, polls: number): Cost {
  const edges = edgesOf(buckets);
  let state = countAll(pods, edges, polls);
  const held = serialize(state).byteLength;
  const observed = Array.from({ length: STRETCHES * STRETCH }, (_, index) =>
    samplesOf(pods, edges, endOf(polls + index), endOf(polls + index + 1)),
  );
  const micros = cpuOf((index) => {
    const seen = observed[index];
    if (seen === undefined) return;
    state = pollsUntil(GRID, state, seen, endOf(polls + index + 1)).state;
  });
  return { micros, held };
}

function evidence(criteria: number, buckets: number, polls: number): Cost {
  const plan = planOf(criteria);
  const edges = edgesOf(buckets);
  const counting = { burst: 1, firstWeight: 5, horizon: 360, edges: { [LATENCY]: [...edges] } };
  const rule: Rule = ruleOf(plan, counting);
  const counted = onePoll(edges);
  const weigh = (state: Evidence): Evidence => {
    const poll: Poll = pollOf(
      plan.criteria,
      (metric) => edgesFor(plan, metric, counting.edges),
      counted,
      WEIGHT,
    );
    const next = addPoll(rule, state, poll);
    const elapsedMs = next.polls * INTERVAL_MS;
    nextMove(plan, standing(rule, next), { weight: WEIGHT, during: WEIGHT, elapsedMs });
    return next;
  };
  let state = startEvidence(rule);
  for (let poll = 0; poll < polls; poll += 1) state = weigh(state);
  const held = serialize(state).byteLength;
  const micros = cpuOf(() => {
    state = weigh(state);
  });
  return { micros, held };
}

function onePoll(edges: readonly number[]): CountedPoll {
  const until = GRID.start + INTERVAL_MS;
  const { polls } = pollsUntil(GRID, noCounters, samplesOf(20, edges, 0, until), until);
  const [poll] = polls;
  if (poll === undefined) throw new Error("the samples make no poll");
  return poll;
}

/** CPU time of this process, user and system, per call: the median of several stretches, so that one garbage collection does not count. */
function cpuOf(call: (index: number) => void): number {
  const stretches = Array.from({ length: STRETCHES }, (_, stretch) => {
    const before = process.cpuUsage();
    for (let index = 0; index < STRETCH; index += 1) call(stretch * STRETCH + index);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / STRETCH;
  });
  return stretches.sort((a, b) => a - b)[Math.floor(STRETCHES / 2)] ?? Number.NaN;
}

/** One line: after few polls, after many, and the ratios. */
function line(names: readonly string[], many: number, measure: (polls: number) => Cost): string {
  // For the compiler, which does not know yet what it will see.
  measure(FEW);
  const [few, late] = [measure(FEW), measure(many)];
  const kb = ({ held }: Cost) => `${(held / 1024).toFixed(1)} KB`;
  const cells = [
    ...names,
    `${few.micros.toFixed(0)} µs`,
    `${late.micros.toFixed(0)} µs`,
    `${(late.micros / few.micros).toFixed(2)} x`,
    kb(few),
    kb(late),
  ];
  return `| ${cells.join(" | ")} |`;
}

function header(names: readonly string[], many: number): string {
  const cells = [...names, `after ${FEW} polls`, `after ${many}`, "", `held after ${FEW}`, `after ${many}`];
  return `| ${cells.join(" | ")} |\n|${" --- |".repeat(cells.length)}`;
}

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const many = values.quick ? 500 : 2000;
console.log(`${METHOD}\n\nCounters, per poll\n\n${header(["pods", "buckets"], many)}`);
for (const pods of [2, 200]) {
  for (const buckets of [14, 40]) {
    console.log(line([String(pods), String(buckets)], many, (polls) => counters(pods, buckets, polls)));
  }
}
console.log(`\nEvidence, per poll\n\n${header(["criteria", "buckets"], many)}`);
for (const criteria of [1, 10]) {
  for (const buckets of [14, 40]) {
    console.log(
      line([String(criteria), String(buckets)], many, (polls) => evidence(criteria, buckets, polls)),
    );
  }
}
