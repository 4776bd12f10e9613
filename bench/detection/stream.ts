/**
 * The requests of one run, in slots of 5 s. Each request has a fixed place on the scale of weights and an answer from either
 * version, so every rule sees the same requests and differs only by the weights that it chooses.
 */
import type { Random } from "./random.ts";
import { binomial, geometric, poisson } from "./samplers.ts";
import type { Behaviour, Phase, World } from "./world.ts";

export const SLOT_MS = 5000;

export interface Answers {
  /** Answered requests. */
  requests: number;
  /** Of these: failed ones first, then those slower than each edge. */
  readonly bad: number[];
}

export interface Counts {
  /** Requests to the candidate, answered or not. */
  sent: number;
  readonly candidate: Answers;
  readonly baseline: Answers;
}

export interface Stream {
  readonly world: World;
  /** The candidate's weights that may be asked for, percent, ascending. */
  readonly weights: readonly number[];
  /** Adds `share` of what happens in a slot at a weight to `counts`. */
  readonly add: (counts: Counts, slot: number, weight: number, share?: number) => void;
  readonly empty: () => Counts;
  /** Failures of the baseline in a time without candidate, in polls. */
  readonly history: (polls: number, pollMs: number) => readonly { requests: number; bad: number }[];
}

/** `random` draws the run, `before` what the baseline did before it. */
export function createStream(
  world: World,
  weights: readonly number[],
  random: Random,
  before: Random,
): Stream {
  const kinds = 1 + world.edges.length;
  // Who would get the candidate from each weight on, and who never does.
  const bands = [...weights, 100].map((weight, index, all) => (weight - (all[index - 1] ?? 0)) / 100);
  const perSlot = (world.rps * SLOT_MS) / 1000;
  const slots: Float64Array[] = [];
  // Of each weight: sent, candidate's requests and kinds of bad, baseline's requests and kinds of bad.
  const width = 1 + 2 * (1 + kinds);

  // Used again for each band: answered requests, then the kinds of bad ones.
  const asCandidate = new Float64Array(1 + kinds);
  const asBaseline = new Float64Array(1 + kinds);

  const draw = (slot: number): Float64Array => {
    const { candidate, baseline } = phaseAt(world.phases, slot * SLOT_MS);
    const of = new Float64Array(weights.length * width);
    for (let band = 0; band < bands.length; band += 1) {
      const requests = poisson(random, perSlot * (bands[band] ?? 0));
      if (band < weights.length) drawAnswers(random, requests, candidate, asCandidate);
      drawAnswers(random, requests, baseline, asBaseline);
      for (let level = 0; level < weights.length; level += 1) {
        const begin = level * width;
        if (level < band) addTo(of, begin + 2 + kinds, asBaseline);
        else {
          of[begin] = (of[begin] ?? 0) + requests;
          addTo(of, begin + 1, asCandidate);
        }
      }
    }
    return of;
  };

  return {
    world,
    weights,
    empty: () => ({ sent: 0, candidate: none(kinds), baseline: none(kinds) }),
    add(counts, slot, weight, share = 1) {
      // In order, so that it does not matter who asks first.
      while (slots.length <= slot) slots.push(draw(slots.length));
      const level = weights.indexOf(weight);
      const of = slots[slot];
      if (of === undefined || level < 0) throw new Error(`no slot ${slot} at weight ${weight}`);
      let at = level * width;
      counts.sent += share * (of[at++] ?? 0);
      for (const answers of [counts.candidate, counts.baseline]) {
        answers.requests += share * (of[at++] ?? 0);
        for (let kind = 0; kind < kinds; kind += 1) {
          answers.bad[kind] = (answers.bad[kind] ?? 0) + share * (of[at++] ?? 0);
        }
      }
    },
    history: (polls, pollMs) => {
      const { baseline } = phaseAt(world.phases, 0);
      return Array.from({ length: polls }, () => {
        const requests = poisson(before, (world.rps * pollMs) / 1000);
        return { requests, bad: drawErrors(before, requests, baseline) };
      });
    },
  };
}

function phaseAt(phases: readonly Phase[], ms: number): Phase {
  const phase = phases.findLast(({ fromMs }) => fromMs <= ms);
  if (phase === undefined) throw new Error("the first phase must begin at 0");
  return phase;
}

function drawAnswers(random: Random, requests: number, behaviour: Behaviour, into: Float64Array): void {
  const answered = behaviour.answers ? requests : 0;
  into[0] = answered;
  into[1] = drawErrors(random, answered, behaviour);
  let [left, before] = [answered, 1];
  for (let edge = 0; edge < behaviour.beyond.length; edge += 1) {
    // Who is beyond this edge is one of those beyond the edge before.
    const share = behaviour.beyond[edge] ?? 0;
    left = before > 0 ? binomial(random, left, share / before) : 0;
    before = share;
    into[2 + edge] = left;
  }
}

function drawErrors(random: Random, requests: number, { errors, burst }: Behaviour): number {
  if (burst <= 1) return binomial(random, requests, errors);
  let failed = 0;
  for (let bursts = poisson(random, (requests * errors) / burst); bursts > 0; bursts -= 1) {
    failed += geometric(random, burst);
  }
  return Math.min(requests, failed);
}

function addTo(target: Float64Array, offset: number, values: Float64Array): void {
  for (let index = 0; index < values.length; index += 1) {
    target[offset + index] = (target[offset + index] ?? 0) + (values[index] ?? 0);
  }
}

function none(kinds: number): Answers {
  return { requests: 0, bad: new Array<number>(kinds).fill(0) };
}
