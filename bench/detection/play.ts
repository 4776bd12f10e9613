/** Plays a row: each run is one stream, and every rule of the row decides on it. */
import { type Outcome, outcomeOf, type Summary, summarize } from "./outcome.ts";
import { createRandom } from "./random.ts";
import type { Row } from "./rows.ts";
import { STEPS } from "./rules/rule.ts";
import { budgetedWeight } from "./rules/sequential.ts";
import { createStream } from "./stream.ts";

/** Its multiples lie evenly between 0 and 1. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Runs `first` to `first + runs - 1`; a summary per rule, in the order of the row's rules. What no guarantee is claimed of is decided
 * in every fourth run.
 */
export function play(row: Row, first: number, runs: number): readonly Summary[] {
  const outcomes = row.rules.map((): Outcome[] => []);
  const weights = [...new Set([budgetedWeight(row.world.rps, row.scrapeMs), ...STEPS])].sort((a, b) => a - b);
  for (let run = first; run < first + runs; run += 1) {
    const seed = [...row.stream].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), 7);
    const stream = createStream(
      row.world,
      weights,
      createRandom(seed, row.world.rps, run),
      createRandom(seed, row.world.rps, run, 1),
    );
    const setting = { ...row, startMs: ((run * GOLDEN) % 1) * row.scrapeMs };
    row.rules.forEach((rule, index) => {
      if (run % 4 > 0 && (rule.fewer || row.notCovered !== undefined)) return;
      outcomes[index]?.push(outcomeOf(stream, rule.decide(stream, setting), row.kind));
    });
  }
  return outcomes.map(summarize);
}
