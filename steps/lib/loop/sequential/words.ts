/** Evidence as a person on call reads it: counts on both sides, rate, limit, odds for and against, what is missing. */
import { formatDuration } from "../../experiment/duration.ts";
import { formatShare } from "../../experiment/share.ts";
import type { CriterionStanding, Requests, Standing } from "../evidence/model.ts";
import type { CountedCriterion } from "./criteria.ts";

/** `310:1`; below even odds `1:5`. */
export function formatOdds(odds: number): string {
  if (odds >= 1_000_000) return "over 1000000:1";
  if (odds >= 10) return `${Math.round(odds)}:1`;
  if (odds >= 1) return `${Number(odds.toPrecision(2))}:1`;
  return odds > 0.000_001 ? `1:${Math.round(1 / odds)}` : "under 1:1000000";
}

/** `errors`, `slower than 500ms`: what is looked at. */
export function titleOf({ metric, measure }: CountedCriterion): string {
  switch (measure.kind) {
    case "bad":
      return metric === "iter8_error_rate" ? "errors" : metric;
    case "slower":
      return `slower than ${formatDuration(measure.limitMs)}`;
    case "edges":
      return "slower at any bucket edge";
    case "mean":
      return metric === "iter8_latency" ? "mean latency" : metric;
  }
}

/** `limit 1 %`, `1.2 x baseline + 0.5 points`: what must hold. */
export function allowedOf({ measure, claim: { ratio, margin } }: CountedCriterion): string {
  const mean = measure.kind === "mean";
  if (ratio === 0) return `limit ${mean ? formatDuration(margin) : formatShare(margin)}`;
  const times = ratio === 1 ? "" : `${ratio} x `;
  const points = Number((margin * 100).toPrecision(3));
  const more = mean ? formatDuration(margin) : `${points} point${points === 1 ? "" : "s"}`;
  return `${times}baseline${margin === 0 ? "" : ` + ${more}`}`;
}

/** `errors: candidate 9/118 (7.63 %, bound 15 %), baseline 14/12700 (0.11 %), limit 1 %`; the bound is of a confidence of 1 - wrongPromote. */
export function countsOf(criterion: CountedCriterion, { tally, bound }: CriterionStanding): string {
  const mean = criterion.measure.kind === "mean";
  const most =
    bound === undefined
      ? undefined
      : `bound ${mean ? formatDuration(bound * criterion.unitMs) : formatShare(bound)}`;
  const counts =
    tally === undefined
      ? most === undefined
        ? []
        : [`candidate ${most}`]
      : [`candidate ${requests(tally.candidate, most)}`, `baseline ${requests(tally.baseline)}`];
  return `${titleOf(criterion)}: ${[...counts, allowedOf(criterion)].join(", ")}`;
}

function requests({ requests, bad }: Requests, most?: string): string {
  const share = requests > 0 ? [formatShare(bad / requests)] : [];
  const notes = [...share, ...(most === undefined ? [] : [most])].join(", ");
  return `${Math.round(bad)}/${Math.round(requests)}${notes === "" ? "" : ` (${notes})`}`;
}

/** What speaks against the candidate. How much is needed is told of all criteria together: their odds are averaged. */
export function against(criterion: CountedCriterion, standing: CriterionStanding): string {
  const odds = `${formatOdds(standing.against)} against it`;
  const { bound: _bound, ...counted } = standing;
  return `${countsOf(criterion, counted)}: ${odds}, ${formatOdds(standing.withoutWorst)} without the worst scrape`;
}

/** The odds that decide, of all criteria together. */
export function together({ withoutWorst, against, needAgainst }: Standing, ignoreWorstPoll: boolean): string {
  const odds = ignoreWorstPoll ? `${formatOdds(withoutWorst)} without the worst scrape` : formatOdds(against);
  return `${odds} in all (need ${formatOdds(needAgainst)})`;
}

/** What speaks for the candidate, and how much more is needed. */
export function inFavour(
  criterion: CountedCriterion,
  standing: CriterionStanding,
  { needFor }: Standing,
): string {
  const missing = missingRequests(standing, needFor);
  const more = missing === undefined ? "" : `, about ${missing} more requests`;
  return `${countsOf(criterion, standing)}: ${formatOdds(standing.for)} for it (need ${formatOdds(needFor)}${more})`;
}

/** Odds of a candidate that keeps its rate grow by the same factor with each request. */
function missingRequests(standing: CriterionStanding, needFor: number): number | undefined {
  const seen = standing.tally?.candidate.requests ?? 0;
  if (standing.for >= needFor || standing.for <= 1.05 || seen === 0) return undefined;
  const missing = seen * (Math.log(needFor) / Math.log(standing.for) - 1);
  return Number(Math.ceil(missing).toPrecision(2));
}

export function starved({ starvation, needAgainst }: Standing, weight: number): string {
  const { candidate, baseline } = starvation;
  return (
    `it answered ${Math.round(candidate)} of ${Math.round(candidate + baseline)} requests at weight ${weight} %: ` +
    `${formatOdds(starvation.against)} that it answers less than half of its share (need ${formatOdds(needAgainst)})`
  );
}
