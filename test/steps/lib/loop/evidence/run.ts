/** Polls and rules for the tests of the evidence. */
import { addPoll, startEvidence } from "../../../../../steps/lib/loop/evidence/evidence.ts";
import type {
  Claim,
  CriterionCounts,
  Evidence,
  EvidenceCriterion,
  Poll,
  Rule,
  Standing,
  Tally,
} from "../../../../../steps/lib/loop/evidence/model.ts";
import { standing } from "../../../../../steps/lib/loop/evidence/standing.ts";
import { binomial } from "./draws.ts";

/** `[bad, requests]` of the candidate and of the baseline. */
export type Numbers = readonly [bad: number, requests: number];

export function tally([bad, requests]: Numbers, [otherBad, otherRequests]: Numbers): Tally {
  return { candidate: { requests, bad }, baseline: { requests: otherRequests, bad: otherBad } };
}

export function share(claim: Partial<Claim>, orNoWorse = false): EvidenceCriterion {
  return { kind: "share", name: "errors", claim: { ratio: 0, margin: 0, ...claim }, orNoWorse };
}

/** At most 1 % errors, or no more than the baseline. */
export const limit = share({ margin: 0.01 }, true);
/** At most 0.5 points more than the baseline. */
export const delta = share({ ratio: 1, margin: 0.005 });
/** Of requests slower than 500 ms at most 1 point more than of the baseline's. */
export const slow = share({ ratio: 1, margin: 0.01 });

export function ruleWith(change: Partial<Rule> = {}): Rule {
  return {
    falseAbort: 0.01,
    wrongPromote: 0.05,
    riskBudget: 0.005,
    ignoreWorstPoll: true,
    burst: 1,
    horizon: 360,
    steps: [5, 10, 20, 50],
    criteria: [limit],
    ...change,
  };
}

export const counted = (errors: Tally): CriterionCounts => ({
  kind: "share",
  abort: errors,
  promote: errors,
});

/** A poll in which every criterion counts the errors. */
export function pollWith(rule: Rule, weight: number, errors: Tally): Poll {
  return { weight, requests: errors, criteria: rule.criteria.map(() => counted(errors)) };
}

/** 500 requests, split by the weight, of which both versions fail shares. */
export function drawn(
  random: () => number,
  rule: Rule,
  weight: number,
  failing: { readonly candidate: number; readonly baseline: number },
  requests = 500,
): Poll {
  const own = Math.round((requests * weight) / 100);
  const others = requests - own;
  const errors = tally(
    [binomial(random, own, failing.candidate), own],
    [binomial(random, others, failing.baseline), others],
  );
  return pollWith(rule, weight, errors);
}

export function weighed(rule: Rule, polls: readonly Poll[], from: Evidence = startEvidence(rule)): Evidence {
  return polls.reduce((evidence, poll) => addPoll(rule, evidence, poll), from);
}

export function standingAfter(rule: Rule, polls: readonly Poll[]): Standing {
  return standing(rule, weighed(rule, polls));
}

/** How many polls it takes until the standing is so; undefined when it is not after `most`. */
export function pollsUntil(
  rule: Rule,
  poll: (index: number) => Poll,
  is: (standing: Standing) => boolean,
  most = 1000,
): number | undefined {
  let evidence = startEvidence(rule);
  for (let index = 0; index < most; index += 1) {
    evidence = addPoll(rule, evidence, poll(index));
    if (is(standing(rule, evidence))) return index + 1;
  }
  return undefined;
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
