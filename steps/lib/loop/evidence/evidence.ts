/** Evidence grows poll by poll. It is a pure function of the rule and the polls, so a run that was killed counts them again. */
import { addToCriterion, startCriterion } from "./criterion.ts";
import type { Evidence, Poll, Rule } from "./model.ts";
import { addToRamp, startRamp } from "./ramp.ts";
import { addToStarvation, startStarvation } from "./starvation.ts";

export function startEvidence(rule: Rule): Evidence {
  return {
    polls: 0,
    criteria: rule.criteria.map(startCriterion),
    starvation: startStarvation(),
    ramp: startRamp(rule),
  };
}

/** With one more poll. Cost and memory do not grow with the polls before it. Throws when counts do not fit their criterion. */
export function addPoll(rule: Rule, evidence: Evidence, poll: Poll): Evidence {
  return {
    polls: evidence.polls + 1,
    criteria: evidence.criteria.map((own, index) => {
      const [criterion, counts] = [rule.criteria[index], poll.criteria[index]];
      return criterion && counts ? addToCriterion(rule, criterion, own, counts) : own;
    }),
    starvation: addToStarvation(rule, evidence.starvation, poll),
    ramp: addToRamp(rule, evidence.ramp, poll),
  };
}
