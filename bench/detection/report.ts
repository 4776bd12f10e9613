/** All tables, as Markdown. */
import type { Results } from "./cells.ts";
import { RATES } from "./rows.ts";
import { bursts, hung, late, latency, parts, scrapes } from "./tables/circumstances.ts";
import { bounds, broken } from "./tables/errors.ts";
import { falseAborts, promotions, wrongPromotions } from "./tables/mistakes.ts";

export function report(results: Results): string {
  return [
    ...RATES.map((rps, index) => broken(results, rps, index)),
    bounds(results),
    falseAborts(results),
    wrongPromotions(results),
    promotions(results),
    late(results),
    latency(results),
    bursts(results),
    scrapes(results),
    parts(results),
    hung(results),
  ].join("\n\n");
}
