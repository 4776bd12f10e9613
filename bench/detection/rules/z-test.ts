/**
 * A one-sided z-test of two shares at 5 %, over everything since the start, repeated after each scrape as if it were the only one.
 * Climbs every 60 s and promotes after 240 s.
 */
import { accumulate, between, type Rule, STEPS, type WeightChange } from "./rule.ts";

const CRITICAL = 1.6448536269514722;
const STEP_MS = 60_000;

export function peekingZTest(): Rule {
  return {
    name: "z-test at each scrape",
    decide(stream, { scrapeMs, kind }) {
      const done = STEPS.length * STEP_MS;
      const weights: WeightChange[] = STEPS.map((weight, index) => ({ atMs: index * STEP_MS, weight }));
      const total = stream.empty();
      for (let atMs = scrapeMs; atMs <= done; atMs += scrapeMs) {
        const log = weights.filter((change) => change.atMs < atMs);
        accumulate(total, between(stream, log, atMs - scrapeMs, atMs));
        const { candidate, baseline } = total;
        const z = zOf(
          candidate.bad[kind] ?? 0,
          candidate.requests,
          baseline.bad[kind] ?? 0,
          baseline.requests,
        );
        if (z > CRITICAL) return { end: "rolled back", atMs, seenMs: atMs, weights: log };
      }
      return { end: "promoted", atMs: done, seenMs: done, weights };
    },
  };
}

/** The difference of two shares in standard deviations of the pooled share; 0 when nothing can be said. */
export function zOf(x: number, n: number, y: number, m: number): number {
  if (n === 0 || m === 0) return 0;
  const pooled = (x + y) / (n + m);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  return deviation > 0 ? (x / n - y / m) / deviation : 0;
}
