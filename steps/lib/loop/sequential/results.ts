/** A verdict per criterion after one poll, and what the Experiment shows of it. */
import type { ExperimentStatus } from "../../experiment/schema.ts";
import type { CriterionVerdict } from "../criteria.ts";
import type { CriterionStanding, Standing } from "../evidence/model.ts";
import type { CountedCriterion } from "./criteria.ts";
import { against, allowedOf, countsOf, inFavour, titleOf } from "./words.ts";

export interface EvidenceResult {
  readonly criterion: CountedCriterion;
  readonly standing: CriterionStanding;
  readonly verdict: CriterionVerdict;
  /** The arithmetic: counts on both sides, rate, limit, odds, what is missing. */
  readonly sentence: string;
}

export function resultsOf(
  criteria: readonly CountedCriterion[],
  standing: Standing,
): readonly EvidenceResult[] {
  return criteria.flatMap((criterion, index) => {
    const own = standing.criteria[index];
    if (own === undefined) return [];
    const verdict = verdictOf(own, standing, standing.abort?.by === index);
    return [{ criterion, standing: own, verdict, sentence: sentenceOf(criterion, own, standing, verdict) }];
  });
}

function verdictOf(own: CriterionStanding, all: Standing, decisive: boolean): CriterionVerdict {
  if (decisive || (all.abort !== undefined && own.withoutWorst >= all.needAgainst)) return "violated";
  if (own.bothOver) return "both-violate";
  if (own.for >= all.needFor) return "satisfied";
  return (own.tally?.candidate.requests ?? all.starvation.candidate) > 0 ? "undecided" : "no-data";
}

function sentenceOf(
  criterion: CountedCriterion,
  own: CriterionStanding,
  all: Standing,
  verdict: CriterionVerdict,
): string {
  switch (verdict) {
    case "violated":
      return against(criterion, own);
    case "both-violate":
      return `${countsOf(criterion, own)}: both versions are beyond it, so the candidate is neither blamed nor promoted`;
    case "no-data":
      return `${titleOf(criterion)}: no answered requests of the candidate yet`;
    case "satisfied":
      return inFavour(criterion, own, all);
    case "undecided":
      return own.against > 1 && own.against > own.for
        ? against(criterion, own)
        : inFavour(criterion, own, all);
  }
}

/** `status.assessment`: Iter8's fields as far as they fit, and the evidence in numbers. */
export function evidenceRecord(
  criteria: readonly CountedCriterion[],
  standing: Standing,
): NonNullable<ExperimentStatus["assessment"]> {
  const results = resultsOf(criteria, standing);
  const { against, withoutWorst, needAgainst, needFor, promote, abort, starvation } = standing;
  return {
    conclusions: results.map((result) => `${result.verdict}: ${result.sentence}`),
    ...(promote && { all_success_criteria_met: true }),
    ...(abort !== undefined && { abort_experiment: true }),
    success_criteria: results.map(({ criterion, standing: own, verdict, sentence }) => ({
      metric_name: criterion.metric,
      conclusions: [sentence],
      success_criterion_met: verdict === "satisfied",
      abort_experiment: verdict === "violated",
      verdict,
      title: `${titleOf(criterion)}, ${allowedOf(criterion)}`,
      odds_against: rounded(own.against),
      odds_for: rounded(own.for),
    })),
    evidence: {
      odds_against: rounded(against),
      without_worst_poll: rounded(withoutWorst),
      need_against: needAgainst,
      need_for: needFor,
      starvation: rounded(starvation.against),
    },
  };
}

/** Four digits are enough for a reader, and finite for JSON. */
function rounded(odds: number): number {
  return Number(Math.min(odds, 1e12).toPrecision(4));
}
