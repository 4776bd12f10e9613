/**
 * Iter8 v0.2, check_and_increment with stopOnFailure: point estimates over everything since the start. A candidate with enough
 * samples that misses the criterion is stopped at once; the weight grows while it is met; the last check decides.
 */
import type { Answers, Counts } from "../stream.ts";
import { SLOW_MS } from "../world.ts";
import { accumulate, between, lastScrape, type Rule, STEPS, type WeightChange } from "./rule.ts";

// As in its tutorial.
const INTERVAL_MS = 30_000;
const ITERATIONS = 8;
const SAMPLE_SIZE = 10;
const DELTA = 0.02;
const ERROR_LIMIT = 0.01;
const LATENCY_LIMIT_MS = 200;

/** Values are rounded to three decimals, as Iter8 does. */
export function iter8(tolerance: "delta" | "threshold"): Rule {
  return {
    name: `Iter8 v0.2, ${tolerance}`,
    decide(stream, { scrapeMs, kind }) {
      const value = (answers: Answers) => {
        const exact =
          kind === 0 ? (answers.bad[0] ?? 0) / answers.requests : mean(stream.world.edges, answers);
        return Number.isNaN(exact) ? undefined : Math.round(exact * 1000) / 1000;
      };
      const threshold = kind === 0 ? ERROR_LIMIT : LATENCY_LIMIT_MS;
      const weights: WeightChange[] = [{ atMs: 0, weight: STEPS[0] }];
      const total: Counts = stream.empty();
      let [step, seenMs, met] = [0, 0, false];
      for (let check = 1; check <= ITERATIONS; check += 1) {
        const atMs = check * INTERVAL_MS;
        const until = lastScrape(atMs, scrapeMs);
        accumulate(total, between(stream, weights, seenMs, until));
        seenMs = until;
        const { candidate, baseline } = total;
        const versions = tolerance === "delta" ? [candidate, baseline] : [candidate];
        const sufficient = versions.every(({ requests }) => requests >= SAMPLE_SIZE);
        const limit = tolerance === "delta" ? (1 + DELTA) * (value(baseline) ?? 0) : threshold;
        met = sufficient && (value(candidate) ?? Number.POSITIVE_INFINITY) <= limit;
        if (sufficient && !met) return { end: "rolled back", atMs, seenMs, weights };
        const weight = STEPS[step + 1];
        if (met && weight !== undefined && check < ITERATIONS) {
          step += 1;
          weights.push({ atMs, weight });
        }
      }
      const atMs = ITERATIONS * INTERVAL_MS;
      return { end: met ? "promoted" : "rolled back", atMs, seenMs, weights };
    },
  };
}

/** The mean time, every answer at the geometric middle of its bucket. */
export function mean(edges: readonly number[], { requests, bad }: Answers): number {
  let sum = 0;
  for (let bucket = 0; bucket <= edges.length; bucket += 1) {
    const slower = bucket === 0 ? requests : (bad[bucket] ?? 0);
    const inside = slower - (bucket < edges.length ? (bad[bucket + 1] ?? 0) : 0);
    const lower = edges[bucket - 1] ?? (edges[0] ?? SLOW_MS) / 2;
    sum += inside * Math.sqrt(lower * (edges[bucket] ?? lower * 2));
  }
  return sum / requests;
}
