/** The worlds of the rows: what both versions do, and from when. */
import { behaviour, SLOW_MS, type World } from "./world.ts";

export const EDGES = [SLOW_MS];
type Traits = NonNullable<Parameters<typeof behaviour>[1]>;

/** The same from the start to the end, unless `laterMs` says when the candidate becomes so. */
export function worldOf(
  rps: number,
  baseline: Traits,
  candidate: Traits,
  { laterMs = 0, edges = EDGES as readonly number[], badIs = "an error" as World["badIs"] } = {},
): World {
  const phase = (fromMs: number, of: Traits) => ({
    fromMs,
    candidate: behaviour(edges, of),
    baseline: behaviour(edges, baseline),
  });
  const phases = laterMs > 0 ? [phase(0, baseline), phase(laterMs, candidate)] : [phase(0, candidate)];
  return { rps, edges, badIs, faultMs: laterMs, phases };
}

/** Both versions have 5 % errors from 30 s to 90 s; what the candidate did is read `aheadMs` too early. */
export function incident(rps: number, aheadMs: number): World {
  const [calm, hit] = [behaviour(EDGES), behaviour(EDGES, { errors: 0.05 })];
  const [from, to] = [30_000, 90_000];
  const times = [...new Set([0, from - aheadMs, from, to - aheadMs, to])].sort((a, b) => a - b);
  const phases = times.map((fromMs) => ({
    fromMs,
    candidate: fromMs >= from - aheadMs && fromMs < to - aheadMs ? hit : calm,
    baseline: fromMs >= from && fromMs < to ? hit : calm,
  }));
  return { rps, edges: EDGES, badIs: "an error", faultMs: 0, phases };
}
