/** Wrong decisions, and how long a right promotion takes. */
import { promoteBound } from "../bound.ts";
import {
  aborted,
  at,
  byRate,
  cell,
  promoted,
  promotedAfter,
  type Results,
  section,
  summaryOf,
  table,
} from "../cells.ts";
import { BROKEN, INCIDENT, ON_BOTH_LIMITS, ON_THE_LIMIT, SAME, SHARES, SLOW_ON_MARGIN } from "../rows.ts";
import { allowedEach, DEFAULT_CRITERIA } from "../rules/criteria.ts";
import type { Rule } from "../rules/rule.ts";
import { BETA, budgetedWeight } from "../rules/sequential.ts";
import { COMPARED, ONLY_LIMIT, ORACLE, OURS } from "../rules/tried.ts";
import { truthOf } from "./errors.ts";

export function falseAborts(results: Results): string {
  const [same, halfway] = [at(SAME, 0), at(SAME, 1)];
  const [aligned, ahead] = [at(INCIDENT, 0), at(INCIDENT, 1)];
  return section(
    "False aborts, percent of runs, at 10 / 100 / 1000 requests/s",
    byRate(results, [...COMPARED, ONLY_LIMIT], {
      "both 0.1 %": { rows: same, say: aborted },
      "both 0.5 %": { rows: halfway, say: aborted },
      "0.5 % and 1 %: on both limits": { rows: ON_BOTH_LIMITS, say: aborted },
      "1 %: on the errors limit": { rows: ON_THE_LIMIT, say: aborted },
      "slow answers on the margin": { rows: SLOW_ON_MARGIN, say: aborted },
      "shared incident": { rows: aligned, say: aborted },
      "the same, candidate read a scrape ahead": { rows: ahead, say: aborted },
    }),
  );
}

export function wrongPromotions(results: Results): string {
  return section(
    "Wrong promotions, percent of runs, at 10 / 100 / 1000 requests/s",
    byRate(results, [...COMPARED, ONLY_LIMIT], {
      "0.5 % and 1 %: on both limits": { rows: ON_BOTH_LIMITS, say: promoted },
      "1 %: on the errors limit": { rows: ON_THE_LIMIT, say: promoted },
      "slow answers on the margin": { rows: SLOW_ON_MARGIN, say: promoted },
      ...Object.fromEntries(
        SHARES.map((share, index) => [`${100 * share} % errors`, { rows: at(BROKEN, index), say: promoted }]),
      ),
    }),
  );
}

export function promotions(results: Results): string {
  return section(
    "Seconds to promotion of a candidate that is fine, at 10 / 100 / 1000 requests/s",
    byRate(results, [...COMPARED, ORACLE], {
      "both 0.1 %": { rows: at(SAME, 0), say: promotedAfter },
      "both 0.5 %": { rows: at(SAME, 1), say: promotedAfter },
    }),
    `Candidate requests until the promotion of a candidate with 0.1 % errors, of which minSoak asks for the first 60 s:`,
    table(
      ["", "bound at the first weight", "sequential / bound", "oracle SPRT / bound"],
      at(SAME, 0).map((row) => {
        const weight = budgetedWeight(row.world.rps, row.scrapeMs);
        const bound = promoteBound(truthOf(row, weight), allowedEach(DEFAULT_CRITERIA, "errors"), BETA);
        const over = (rule: Rule) => cell(summaryOf(results, row, rule), "promoted", "requests", 1 / bound);
        return [`${row.world.rps}/s`, bound.toFixed(0), over(OURS), over(ORACLE)];
      }),
    ),
  );
}
