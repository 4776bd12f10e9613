/**
 * Whether the mesh follows the route. A candidate is not to blame for requests that never came its way, so it is asked for its part
 * of the highest weight that the observed split was once seen to reach, and of the route's own weight before that.
 */
import type { Requests, Split, Tally } from "./model.ts";

/** Standard errors between the old split and the middle on the way to the new one: chance does not take a mesh there. */
const SURE = 5;

export const nothingSeen: Split = { reached: undefined, collected: { weight: 0, candidate: 0, all: 0 } };

/** The weight that the candidate can be expected to have, percent, known before the poll is. */
export function expectedWeight({ reached }: Split, weight: number): number {
  return reached === undefined ? weight : Math.min(weight, reached);
}

/**
 * With one more poll at a weight. Polls are collected until their requests are enough to tell the weight from the one reached
 * before; then the split has reached it if it is at least midway.
 */
export function observe(split: Split, weight: number, { candidate, baseline }: Tally): Split {
  const { reached = 0, collected } = split;
  if (weight <= reached) return split;
  const before = collected.weight === weight ? collected : { candidate: 0, all: 0 };
  const now = {
    weight,
    candidate: before.candidate + candidate.requests,
    all: before.all + total(candidate, baseline),
  };
  const old = reached / 100;
  const midway = (old + weight / 100) / 2;
  const needed = Math.max(1 / midway, (SURE ** 2 * old * (1 - old)) / (midway - old) ** 2);
  if (now.all < needed) return { ...split, collected: now };
  const nothing = { weight, candidate: 0, all: 0 };
  return now.candidate / now.all >= midway
    ? { reached: weight, collected: nothing }
    : { ...split, collected: nothing };
}

function total(candidate: Requests, baseline: Requests): number {
  return candidate.requests + baseline.requests;
}
