/** How many requests fail together. */
import type { Requests } from "./model.ts";

/** How many standard errors above 1 an estimate must be: below that history shows no clustering. */
const SURE = 3;
/** With fewer pairs of polls or bad requests than this nothing can be said about clustering. */
const LEAST_PAIRS = 5;
const LEAST_BAD = 5;
/** An incident is no clustering, but it has two ends: so many pairs are left out. */
const LEFT_OUT = 2;

/**
 * phi, the mean number of bad requests that a bad request comes with, from polls of the baseline before the run. Polls are taken in
 * pairs: given the s bad requests of both, independent ones are divided between them by chance, with variance s q (1 - q), whatever
 * the rate was at that time. phi = sum (y - s q)^2 / (q (1 - q)) / sum s; for random sizes K of groups it is E[K^2]/E[K]
 * (docs/evidence.md). 1 when there is too little to tell, or no more than chance.
 */
export function estimateBurst(history: readonly Requests[]): number {
  const polls = history.filter(({ requests }) => requests > 0);
  const pairs = Array.from({ length: Math.floor(polls.length / 2) }, (_, index) =>
    compare(polls[2 * index], polls[2 * index + 1]),
  );
  const kept = pairs.sort((a, b) => b.spread - b.bad - (a.spread - a.bad)).slice(LEFT_OUT);
  const sum = (of: (pair: (typeof kept)[number]) => number) => kept.reduce((all, pair) => all + of(pair), 0);
  const bad = sum((pair) => pair.bad);
  if (kept.length < LEAST_PAIRS || bad < LEAST_BAD) return 1;
  const phi = sum((pair) => pair.spread) / bad;
  const error = Math.sqrt(sum((pair) => 2 * pair.bad * Math.max(0, pair.bad - 1))) / bad;
  return phi > 1 + SURE * error ? phi : 1;
}

/** The bad requests of two polls, and how unevenly they are divided: as many as there are, if by chance. */
function compare(
  one: Requests = { requests: 0, bad: 0 },
  other: Requests = { requests: 0, bad: 0 },
): { readonly bad: number; readonly spread: number } {
  const bad = one.bad + other.bad;
  const share = one.requests / (one.requests + other.requests);
  // Good requests can be as rare as bad ones: then those that come together are the good ones.
  const good = one.requests + other.requests - bad;
  const chance = share * (1 - share) * (good / (good + bad));
  return { bad, spread: chance > 0 ? (one.bad - bad * share) ** 2 / chance : 0 };
}
