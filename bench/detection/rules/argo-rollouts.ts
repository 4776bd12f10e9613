/**
 * Argo Rollouts (analysis/analysis.go): a background analysis beside steps of setWeight and pause. More failures than
 * `failureLimit` abort at once, and so do more than 4 measurements in a row without a value; those are repeated after 10 s.
 */
import { between, lastScrape, type Rule, STEPS, type WeightChange } from "./rule.ts";

const LIMIT = 0.01;
const ERROR_LIMIT = 4;
const ERROR_RETRY_MS = 10_000;

/** The first measurement is after one interval; the pause at each weight is one interval, too. */
export function argoRollouts(intervalMs: number, failureLimit: number): Rule {
  return {
    name: `Argo Rollouts ${intervalMs / 1000} s, failureLimit ${failureLimit}`,
    fewer: intervalMs > 60_000,
    decide(stream, { scrapeMs, kind }) {
      const weights: WeightChange[] = STEPS.map((weight, index) => ({ atMs: index * intervalMs, weight }));
      const done = STEPS.length * intervalMs;
      let [failures, errors] = [0, 0];
      for (let atMs = intervalMs; atMs <= done; ) {
        const seenMs = lastScrape(atMs, scrapeMs);
        const log = weights.filter((change) => change.atMs < atMs);
        const window = Math.max(intervalMs, scrapeMs);
        const { candidate } = between(stream, log, Math.max(0, seenMs - window), seenMs);
        if (candidate.requests === 0) errors += 1;
        else {
          errors = 0;
          if ((candidate.bad[kind] ?? 0) > LIMIT * candidate.requests) failures += 1;
        }
        if (failures > failureLimit || errors > ERROR_LIMIT) {
          return { end: "rolled back", atMs, seenMs, weights: log };
        }
        atMs += errors > 0 ? ERROR_RETRY_MS : intervalMs;
      }
      return { end: "promoted", atMs: done, seenMs: lastScrape(done, scrapeMs), weights };
    },
  };
}
