/**
 * A candidate that hangs answers nothing, so it has no errors either. Its share of the answered requests gives it away: the claim
 * is that it answers at least half of what its weight gives it (docs/evidence.md).
 */
import { addAgainst, startAgainst } from "./claim.ts";
import type { Poll, Rule, StarvationEvidence } from "./model.ts";
import { badAndGood, onShare } from "./share-bets.ts";
import { expectedWeight, nothingSeen, observe } from "./split.ts";

const TOLERANCE = 0.5;

export function startStarvation(): StarvationEvidence {
  return { against: startAgainst(atLeast(0)), candidate: 0, baseline: 0, split: nothingSeen };
}

/** Answered by the candidate, x of n = both versions' requests, is bet to be less than weight * (1 - tolerance). */
export function addToStarvation(
  rule: Rule,
  { against, candidate, baseline, split }: StarvationEvidence,
  { weight, requests }: Poll,
): StarvationEvidence {
  const answered = {
    requests: requests.candidate.requests + requests.baseline.requests,
    bad: requests.candidate.requests,
  };
  const poll = badAndGood({ candidate: answered, baseline: { requests: 0, bad: 0 } });
  return {
    against: addAgainst(atLeast(expectedWeight(split, weight)), against, poll, rule),
    candidate: candidate + requests.candidate.requests,
    baseline: baseline + requests.baseline.requests,
    split: observe(split, weight, requests),
  };
}

/** The bets that win when the share of the candidate is below its part, which is the better side of a limit there. */
function atLeast(weight: number) {
  return onShare("for", { ratio: 0, margin: (weight / 100) * (1 - TOLERANCE) });
}
