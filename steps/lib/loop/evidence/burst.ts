/** How many requests fail together. */
import type { Requests } from "./model.ts";

/** How many standard errors above 1 an estimate must be: below that history shows no clustering. */
const SURE = 3;
/** With fewer polls or bad requests than this nothing can be said about clustering. */
const LEAST_POLLS = 10;
const LEAST_BAD = 5;

/**
 * phi = max(1, mean over polls of (y - n p)^2 / (n p (1 - p))) on polls of the baseline from before the run: the variance of bad
 * requests compared with independent ones. For random sizes K of groups it estimates E[K^2]/E[K] (evidence.md, section 5). 1 when
 * there is too little to tell, or no more than chance: of independent ones each term has variance 2 + 1 / (n p).
 */
export function estimateBurst(history: readonly Requests[]): number {
  const polls = history.filter(({ requests }) => requests > 0);
  const requests = polls.reduce((sum, poll) => sum + poll.requests, 0);
  const bad = polls.reduce((sum, poll) => sum + poll.bad, 0);
  if (polls.length < LEAST_POLLS || bad < LEAST_BAD || bad >= requests) return 1;
  const share = bad / requests;
  const dispersion = polls.reduce(
    (sum, poll) => sum + (poll.bad - poll.requests * share) ** 2 / (poll.requests * share * (1 - share)),
    0,
  );
  const phi = dispersion / polls.length;
  const error = Math.sqrt((2 + polls.length / bad) / polls.length);
  return phi > 1 + SURE * error ? phi : 1;
}
