/** Where the evidence stands and what it suffices for. */
import { combine } from "./combination.ts";
import { againstOf, standingOf } from "./criterion-standing.ts";
import type { Evidence, Rule, Standing } from "./model.ts";
import { allowedStep } from "./ramp.ts";

/**
 * Abort: the combined odds reach 1/alpha; with `ignoreWorstPoll` those without the worst poll. Promote: every criterion's odds are
 * at 1/beta now; no correction is needed, because a wrong promotion needs the one violated criterion to be wrong (intersection-union
 * test; docs/evidence.md). Throws when the evidence is not this rule's.
 */
export function standing(rule: Rule, evidence: Evidence): Standing {
  const { polls, starvation, ramp } = evidence;
  const criteria = rule.criteria.map((criterion, index) => {
    const own = evidence.criteria[index];
    if (own === undefined) throw new Error(`the evidence has no criterion ${criterion.name}`);
    return standingOf(rule, criterion, own);
  });
  const starved = againstOf(rule, starvation.against);
  const combined = (odds: "against" | "withoutWorst") =>
    combine({ criteria: criteria.map((own) => own[odds]), starvation: starved[odds] });
  const [all, least] = [combined("against"), combined("withoutWorst")];
  const decisive = rule.ignoreWorstPoll ? least : all;
  const [needAgainst, needFor] = [1 / rule.falseAbort, 1 / rule.wrongPromote];
  return {
    polls,
    against: all.odds,
    withoutWorst: least.odds,
    needAgainst,
    needFor,
    abort: decisive.odds >= needAgainst ? { by: decisive.by } : undefined,
    starvation: {
      ...starved,
      candidate: starvation.candidate,
      baseline: starvation.baseline,
      reached: starvation.split.reached !== undefined,
    },
    criteria,
    promote: criteria.length > 0 && criteria.every((own) => own.for >= needFor),
    allowed: allowedStep(rule, ramp),
  };
}
