/**
 * Flagger (pkg/controller/scheduler.go): at each tick the share over the last interval against the limit. Failed checks are a
 * running total; a failed check stops the advance; no data counts as failed; at the threshold the next tick rolls back.
 */
import { between, lastScrape, type Rule, STEPS, type WeightChange } from "./rule.ts";

const THRESHOLD = 5;
const LIMIT = 0.01;

/** `threshold: 5`, success rate at least 99 %, the steps as `stepWeights`. */
export function flagger(intervalMs: number): Rule {
  return {
    name: `Flagger ${intervalMs / 1000} s`,
    decide(stream, { scrapeMs, kind }) {
      const weights: WeightChange[] = [{ atMs: 0, weight: STEPS[0] }];
      let [step, failed] = [0, 0];
      for (let atMs = intervalMs; ; atMs += intervalMs) {
        const seenMs = lastScrape(atMs, scrapeMs);
        if (failed >= THRESHOLD) {
          return { end: "rolled back", atMs, seenMs: lastScrape(atMs - intervalMs, scrapeMs), weights };
        }
        const window = Math.max(intervalMs, scrapeMs);
        const { candidate } = between(stream, weights, Math.max(0, seenMs - window), seenMs);
        const good = candidate.requests > 0 && (candidate.bad[kind] ?? 0) <= LIMIT * candidate.requests;
        if (!good) {
          failed += 1;
          continue;
        }
        step += 1;
        const weight = STEPS[step];
        if (weight === undefined) return { end: "promoted", atMs, seenMs, weights };
        weights.push({ atMs, weight });
      }
    },
  };
}
