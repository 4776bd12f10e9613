/** What the candidate's share, or mean, may still be: for a reader. */
import type { Bettor } from "./claim.ts";
import { exposureOf, type Kinds, logEValue } from "./e-value.ts";
import { logSum } from "./log-space.ts";
import type { CriterionEvidence, Evidence, EvidenceCriterion, Requests, Rule, Standing } from "./model.ts";
import { onMean } from "./score-bets.ts";
import { badAndGood, onShare } from "./share-bets.ts";

/** Digits that a reader sees. */
const PRECISION = 1.001;

type Confidence = Pick<Rule, "wrongPromote" | "burst">;

/** The same standing with a bound for each criterion. Costs more than all the rest, so only who shows it asks for it. */
export function withBounds(rule: Rule, { criteria }: Evidence, standing: Standing): Standing {
  return {
    ...standing,
    criteria: standing.criteria.map((own, index) => {
      const bound = boundOf(rule, rule.criteria[index], criteria[index]);
      return bound === undefined ? own : { ...own, bound };
    }),
  };
}

function boundOf(
  rule: Rule,
  criterion: EvidenceCriterion | undefined,
  evidence: CriterionEvidence | undefined,
): number | undefined {
  if (evidence?.kind === "share") return shareBound(evidence.promote.candidate, rule);
  if (evidence?.kind !== "mean" || criterion?.kind !== "mean") return undefined;
  return meanBound(evidence.candidate, criterion.edges, rule);
}

/**
 * The least limit that all counts together refute with odds of 1/wrongPromote (docs/evidence.md). Descriptive: it
 * decides nothing, and where the share changes with time it speaks of an average. Undefined when no limit is refuted yet.
 */
export function shareBound(candidate: Requests, confidence: Confidence): number | undefined {
  const kinds = badAndGood({ candidate, baseline: { requests: 0, bad: 0 } });
  return leastRefuted(1, kinds, confidence, (limit) => onShare("for", { ratio: 0, margin: limit }));
}

/** The same for the mean of a grouped quantity, in the unit of its edges. */
export function meanBound(
  candidate: readonly number[],
  edges: readonly number[],
  confidence: Confidence,
): number | undefined {
  const kinds: Kinds = { candidate, baseline: [] };
  return leastRefuted(edges.at(-1) ?? 0, kinds, confidence, (limit) =>
    onMean("for", { ratio: 0, margin: limit }, edges),
  );
}

function leastRefuted(
  most: number,
  kinds: Kinds,
  { wrongPromote, burst }: Confidence,
  bettorFor: (limit: number) => Bettor,
): number | undefined {
  const exposure = exposureOf(kinds);
  const refuted = (limit: number) => {
    const { bets, place, start } = bettorFor(limit);
    const logs = place(start, exposure).map((bet) => logEValue(bet, kinds) / burst);
    return logSum(logs) - Math.log(bets) >= Math.log(1 / wrongPromote);
  };
  let [low, high] = [most * 1e-6, most * (1 - 1e-6)];
  if (!(exposure.candidate > 0) || !refuted(high)) return undefined;
  while (high / low > PRECISION) {
    const middle = Math.sqrt(low * high);
    if (refuted(middle)) high = middle;
    else low = middle;
  }
  return high;
}
