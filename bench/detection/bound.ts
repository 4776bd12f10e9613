/** The fewest candidate requests that any rule needs on average: nobody who keeps the error rate is faster. */

/** What is compared: true shares of bad requests, and the candidate's share of the traffic. */
export interface Truth {
  readonly candidate: number;
  readonly baseline: number;
  /** From 0 to 1. */
  readonly share: number;
}

/** The largest share of bad requests that a candidate may have beside a baseline with share `u`. */
export type Allowed = (u: number) => number;

/** Kullback-Leibler divergence of a coin q from a coin p, in nats. */
export function kl(q: number, p: number): number {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return part(q, p) + part(1 - q, 1 - p);
}

/**
 * Expected candidate requests until an abort, at least: ln(1/alpha) / min over u of kl(candidate, allowed(u)) +
 * (1 - share)/share kl(baseline, u). Wald's identity and data processing; not asymptotic. Infinite when the candidate is allowed.
 */
export function abortBound(truth: Truth, allowed: Allowed, alpha: number): number {
  return Math.log(1 / alpha) / information(truth, (u) => Math.min(truth.candidate, allowed(u)));
}

/** The same until a promotion, which needs that each criterion alone is shown to hold. */
export function promoteBound(truth: Truth, criteria: readonly Allowed[], beta: number): number {
  const needed = criteria.map(
    (allowed) => Math.log(1 / beta) / information(truth, (u) => Math.max(truth.candidate, allowed(u))),
  );
  return Math.max(...needed);
}

/** What a candidate request and the baseline's beside it say against the nearest pair of shares (nearest(u), u); nats. */
function information(truth: Truth, nearest: Allowed): number {
  const others = (1 - truth.share) / truth.share;
  const nats = minimum((u) => kl(truth.candidate, Math.min(1, nearest(u))) + others * kl(truth.baseline, u));
  return nats > 1e-12 ? nats : 0;
}

/** `requests` rounded up to what whole polls bring. */
export function wholePolls(requests: number, requestsPerPoll: number): number {
  return Math.ceil(requests / requestsPerPoll - 1e-9) * requestsPerPoll;
}

/** Of a function of a share from 0 to 1 that falls and then rises, by golden section on the scale of its logarithm. */
function minimum(value: (u: number) => number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  const at = (x: number) => value(1 / (1 + Math.exp(-x)));
  let [low, high] = [-25, 25];
  while (high - low > 1e-9) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (at(left) < at(right)) high = right;
    else low = left;
  }
  return at((low + high) / 2);
}
