/** Sums of numbers that are known by their natural logarithms, so that odds of e^5000 are no problem. */

/** The largest odds that are told: finite, also in JSON. */
const LARGEST = 1e300;

/** ln of the sum of e^x. */
export function logSum(logs: readonly number[]): number {
  const largest = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - largest);
  return largest + Math.log(sum);
}

/** Odds from their logarithm. */
export function oddsOf(log: number): number {
  return Math.min(Math.exp(log), LARGEST);
}
