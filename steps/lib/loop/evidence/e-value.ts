/** One fair bet on the requests of one poll. */

/** Which way is bet: that the candidate is worse than the claim allows, or that it is better. */
export type Side = "against" | "for";

/** Requests of one poll in kinds: bad and good ones, or one kind for each bucket. */
export interface Kinds {
  readonly candidate: readonly number[];
  readonly baseline: readonly number[];
}

/** How many requests each version had. It may be looked at before the bet is made; the kinds may not. */
export interface Exposure {
  readonly candidate: number;
  readonly baseline: number;
}

/**
 * `scores` say how bad each kind is, from 0 to 1. `u` is where the baseline's mean score is supposed to be and `v` what the claim
 * then allows the candidate. `kappa` is the stake on each request of the candidate: above 0 it wins when the candidate is worse,
 * below 0 when it is better. `kappaBaseline` is the stake on each request of the baseline, ratio * kappa * n_c / n_b.
 */
export interface Bet {
  readonly scores: readonly number[];
  readonly u: number;
  readonly v: number;
  readonly kappa: number;
  readonly kappaBaseline: number;
}

/**
 * Formula (F) (docs/evidence.md):
 *
 *     ln E = sum over candidate of ln(1 + kappa (s - v)) + sum over baseline of ln(1 - kappaBaseline (t - u))
 *
 * If the claim is true (for kappa < 0: if it is violated) the expectation of E is at most 1, because 1 + z <= e^z and u cancels.
 * Nothing is assumed about u, about rates that change with time, or about the split. E is never 0.
 */
export function logEValue(
  { scores, u, v, kappa, kappaBaseline }: Bet,
  { candidate, baseline }: Kinds,
): number {
  let log = 0;
  for (let kind = 0; kind < scores.length; kind += 1) {
    const score = scores[kind] ?? 0;
    const own = candidate[kind] ?? 0;
    const other = baseline[kind] ?? 0;
    if (own > 0 && kappa !== 0) log += own * Math.log1p(kappa * (score - v));
    if (other > 0 && kappaBaseline !== 0) log += other * Math.log1p(-kappaBaseline * (score - u));
  }
  return log;
}

export function exposureOf({ candidate, baseline }: Kinds): Exposure {
  return { candidate: sum(candidate), baseline: sum(baseline) };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
