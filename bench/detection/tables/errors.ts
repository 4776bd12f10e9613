/** A candidate with too many errors: what it costs until it is gone, and what it must cost. */
import { abortBound, type Truth, wholePolls } from "../bound.ts";
import { at, cell, type Results, section, summaryOf, table } from "../cells.ts";
import { meanOf, type Quantity } from "../outcome.ts";
import { BROKEN, RATES, type Row, SHARES } from "../rows.ts";
import { allowedBy, DEFAULT_CRITERIA } from "../rules/criteria.ts";
import { type Rule, STEPS } from "../rules/rule.ts";
import { ALPHA, budgetedWeight } from "../rules/sequential.ts";
import { COMPARED, ORACLE, OURS } from "../rules/tried.ts";

export interface Bound {
  readonly requests: number;
  /** Rounded up to whole polls at that weight. */
  readonly polled: number;
}

/** For a row with too many errors: what any rule needs to abort at a weight in percent. */
export function boundOf(row: Row, weight: number): Bound {
  const truth = truthOf(row, weight);
  const requests = abortBound(truth, allowedBy(DEFAULT_CRITERIA, "errors"), ALPHA);
  return { requests, polled: wholePolls(requests, (row.world.rps * truth.share * row.scrapeMs) / 1000) };
}

export function truthOf({ world }: Row, weight: number): Truth {
  const { candidate, baseline } = at(world.phases, 0);
  return { candidate: candidate.errors, baseline: baseline.errors, share: weight / 100 };
}

export function broken(results: Results, rps: number, index: number): string {
  const rows = BROKEN.map((of) => at(of, index));
  return section(
    `Bad requests served until rollback, and seconds, at ${rps} requests/s`,
    table(
      ["rule", ...SHARES.map((share) => `${100 * share} % errors`)],
      [...COMPARED, ORACLE].map((rule) => [
        rule.name,
        ...rows.map((row) => {
          const summary = summaryOf(results, row, rule);
          const seconds = summary && meanOf(summary, "rolled back", "seconds");
          const after = seconds === undefined ? "" : `, ${seconds.mean.toFixed(0)} s`;
          return `${cell(summary, "rolled back", "bad")}${after}`;
        }),
      ]),
    ),
  );
}

export function bounds(results: Results): string {
  const others = COMPARED.slice(1, 4);
  const lines = RATES.flatMap((rps, index) =>
    BROKEN.map((rows, share) => {
      const row = at(rows, index);
      const first = budgetedWeight(rps, row.scrapeMs);
      const bound = boundOf(row, first);
      const over = (rule: Rule, quantity: Quantity, by: number) => {
        const summary = summaryOf(results, row, rule);
        return cell(summary, "rolled back", quantity, 1 / by);
      };
      return [
        `${rps}/s, ${100 * at(SHARES, share)} %`,
        `${first} %`,
        bound.requests.toFixed(1),
        over(OURS, "weighed", bound.requests),
        over(OURS, "requests", bound.requests),
        over(OURS, "requestsWithLag", bound.requests),
        bound.polled.toFixed(0),
        over(OURS, "requests", bound.polled),
        over(OURS, "requestsWithLag", bound.polled),
        over(ORACLE, "weighed", bound.requests),
        ...others.map((rule) => over(rule, "requestsWithLag", boundOf(row, at(STEPS, 0)).requests)),
      ];
    }),
  );
  return section(
    "Requests to detection, divided by the information bound",
    `The bound is for our first weight (for the peers, for 5 %) and for a candidate that violates any of the criteria about errors.
"Weighed" are the candidate's requests in the polls that were evidence; the next columns count those left out while a weight settles,
too. "Rounded" is the bound rounded up to whole polls. The peers' columns are until traffic was moved.`,
    table(
      [
        "",
        "first weight",
        "bound",
        "weighed",
        "until the poll that decided",
        "until traffic was moved",
        "rounded bound",
        "until the poll / rounded",
        "until moved / rounded",
        "oracle SPRT, weighed",
        ...others.map(({ name }) => name),
      ],
      lines,
    ),
  );
}
