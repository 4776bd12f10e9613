/** What happens: how much traffic there is, and how both versions answer it. Shares are numbers from 0 to 1. */

export interface Behaviour {
  /** Share of requests that fail. */
  readonly errors: number;
  /** Share of requests slower than each of the world's edges. */
  readonly beyond: readonly number[];
  /** Failures come in groups of this many on average (geometric); 1: each for itself. */
  readonly burst: number;
  /** Whether requests are answered at all. */
  readonly answers: boolean;
}

/** From a time on, until the next phase. */
export interface Phase {
  readonly fromMs: number;
  readonly candidate: Behaviour;
  readonly baseline: Behaviour;
}

export interface World {
  /** Requests per second to both versions together. */
  readonly rps: number;
  /** Bucket edges in ms, ascending. */
  readonly edges: readonly number[];
  /** In order; the first begins at 0. */
  readonly phases: readonly Phase[];
  /** What a bad request is here. */
  readonly badIs: "an error" | "a slow answer" | "no answer";
  /** When the candidate begins to be bad. */
  readonly faultMs: number;
}

/** The time that both the default experiment and Flagger's default metric call slow. */
export const SLOW_MS = 500;

/** The first finite bucket edges of Istio's request duration, ms. */
export const ISTIO_EDGES = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000] as const;

const MEDIAN_MS = 80;
/** Deviation of the logarithm: with the median, 0.44 % of the answers take more than 500 ms. */
const SPREAD = 0.7;

/** Log-normal answers, `slower` times as slow as the baseline's. */
export function behaviour(
  edges: readonly number[],
  { errors = 0.001, slower = 1, burst = 1, answers = true, extraSlow = 0 } = {},
): Behaviour {
  const beyond = edges.map(
    (edge) =>
      normalTail(Math.log(edge / (MEDIAN_MS * slower)) / SPREAD) + extraSlow * Number(edge <= SLOW_MS),
  );
  return { errors, beyond: beyond.map((share) => Math.min(1, share)), burst, answers };
}

/** P(Z > z) by Abramowitz and Stegun 7.1.26; error below 2e-7. */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * polynomial * Math.exp(-x * x);
  return z >= 0 ? tail : 1 - tail;
}
