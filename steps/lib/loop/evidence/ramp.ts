/** How far the weight may rise: a step is allowed when even the worst that is still believable fits into the risk budget. */
import { addInFavour, type Bettor, startInFavour } from "./claim.ts";
import { logSum } from "./log-space.ts";
import type { ClaimEvidence, Poll, Rule, Wealth } from "./model.ts";
import { badAndGood, onShare } from "./share-bets.ts";

/** The candidate requests of a first poll are what a completely broken candidate costs per poll. */
const FIRST_REQUESTS = 10;
const LEAST_WEIGHT = 0.1;

/**
 * The first weight in percent: min(first step, 10 requests of the candidate per poll), at least 0.1; rounded down to 0.1 below
 * 1 % and to whole percent above. `rps` are requests per second to both versions, 0 when unknown.
 */
export function firstWeight(rps: number, pollMs: number, steps: readonly number[]): number {
  const first = steps[0] ?? LEAST_WEIGHT;
  const perPoll = (rps * pollMs) / 1000;
  if (!(perPoll > 0)) return first;
  const sized = Math.min(first, (100 * FIRST_REQUESTS) / perPoll);
  if (sized === first) return first;
  return Math.max(LEAST_WEIGHT, sized < 1 ? Math.floor(sized * 10 + 1e-9) / 10 : Math.floor(sized + 1e-9));
}

export function startRamp({ riskBudget, steps }: Rule): readonly ClaimEvidence<Wealth>[] {
  return steps.map((step) => startInFavour(excessAt(riskBudget, step)));
}

export function addToRamp(
  rule: Rule,
  ramp: readonly ClaimEvidence<Wealth>[],
  { requests }: Poll,
): readonly ClaimEvidence<Wealth>[] {
  return ramp.map((evidence, index) =>
    addInFavour(excessAt(rule.riskBudget, rule.steps[index] ?? 100), evidence, badAndGood(requests), rule),
  );
}

/**
 * The largest step w with w * U <= B, in percent: U is the least l for which "candidate >= baseline + l" is refuted with odds of
 * 1/beta, so it is enough to test l = B/w for the steps there are (docs/evidence.md). With probability 1 - beta the ramp
 * never costs more than B of all traffic. Undefined when not even the first is allowed.
 */
export function allowedStep(
  { riskBudget, steps, wrongPromote }: Rule,
  ramp: readonly ClaimEvidence<Wealth>[],
): number | undefined {
  return steps.findLast((step, index) => {
    const logs = ramp[index]?.wealth.logs ?? [];
    return limitAt(riskBudget, step) >= 1 || logSum(logs) >= Math.log(1 / wrongPromote);
  });
}

/** More than 1 when even a candidate that fails always fits into the budget. */
function limitAt(riskBudget: number, step: number): number {
  return (riskBudget * 100) / step;
}

/** About failures, which are rare in most services: no poll is spent on looking at the baseline first. */
function excessAt(riskBudget: number, step: number): Bettor {
  return { ...onShare("for", { ratio: 1, margin: limitAt(riskBudget, step) }), needsPast: false };
}
