/** Where one criterion stands. */
import { guessedShare } from "./guess.ts";
import { logSum, oddsOf } from "./log-space.ts";
import type {
  ClaimEvidence,
  CriterionEvidence,
  CriterionStanding,
  EvidenceCriterion,
  Rule,
  ShareEvidence,
  Wealth,
  WealthWithoutWorst,
} from "./model.ts";
import { total, totalWithoutWorst } from "./worst-poll.ts";

type Odds = Pick<CriterionStanding, "against" | "withoutWorst" | "for" | "bothOver">;

export function standingOf(
  rule: Rule,
  criterion: EvidenceCriterion,
  evidence: CriterionEvidence,
): CriterionStanding {
  switch (evidence.kind) {
    case "share":
      return { name: criterion.name, ...oddsOfShare(rule, criterion, evidence), tally: evidence.abort };
    case "edges":
      return standingOfEdges(rule, criterion, evidence.edges);
    case "mean":
      return {
        name: criterion.name,
        ...againstOf(rule, evidence.against),
        for: forOf(evidence.inFavour),
        bothOver: false,
        tally: undefined,
      };
  }
}

export function againstOf(
  { horizon }: Rule,
  { wealth }: ClaimEvidence<WealthWithoutWorst>,
): Pick<Odds, "against" | "withoutWorst"> {
  return { against: total(wealth, horizon), withoutWorst: totalWithoutWorst(wealth, horizon) };
}

function forOf({ wealth }: ClaimEvidence<Wealth>): number {
  return oddsOf(logSum(wealth.logs));
}

/**
 * "Within the limit or no worse than the baseline" is refuted when both parts are: the lesser of two fair bets is below each
 * (docs/evidence.md). For the candidate only the limit itself counts, so what both versions breach is held and not promoted.
 */
function oddsOfShare(rule: Rule, { claim }: EvidenceCriterion, evidence: ShareEvidence): Odds {
  const limit = againstOf(rule, evidence.against);
  const inFavour = forOf(evidence.inFavour);
  if (evidence.againstNoWorse === undefined) return { ...limit, for: inFavour, bothOver: false };
  const worse = againstOf(rule, evidence.againstNoWorse);
  const lesser = {
    against: Math.min(limit.against, worse.against),
    withoutWorst: Math.min(limit.withoutWorst, worse.withoutWorst),
  };
  const suffices = ({ against, withoutWorst }: typeof lesser) =>
    (rule.ignoreWorstPoll ? withoutWorst : against) >= 1 / rule.falseAbort;
  const isBaselineOver = guessedShare(evidence.againstNoWorse.guess) > claim.margin;
  return { ...lesser, for: inFavour, bothOver: suffices(limit) && !suffices(lesser) && isBaselineOver };
}

/** Against: the average over the edges is a fair bet. For: it must hold at every edge (docs/evidence.md). */
function standingOfEdges(
  rule: Rule,
  criterion: EvidenceCriterion,
  edges: readonly ShareEvidence[],
): CriterionStanding {
  const { name } = criterion;
  if (edges.length === 0) {
    return { name, against: 1, withoutWorst: 1, for: 1, bothOver: false, tally: undefined };
  }
  const odds = edges.map((edge) => oddsOfShare(rule, criterion, edge));
  const average = (of: (edge: Odds) => number) => odds.reduce((sum, edge) => sum + of(edge), 0) / odds.length;
  const most = Math.max(...odds.map((edge) => edge.against));
  return {
    name,
    against: average((edge) => edge.against),
    withoutWorst: average((edge) => edge.withoutWorst),
    for: Math.min(...odds.map((edge) => edge.for)),
    bothOver: false,
    tally: edges[odds.findIndex((edge) => edge.against === most)]?.abort,
  };
}
