/** What the baseline is like, from its past polls. A guess makes bets faster or slower; no error rate depends on it. */
import type { Guess } from "./model.ts";

/** A poll counts 2 % less with each poll after it, so that the guess follows the time of day. */
const REMEMBERED = 0.98;

/** Half a bad request in 250: a service of which nothing is known. */
export const unknownShare: Guess = [0.5, 249.5];

/** The share of bad requests, where bad and good ones are the kinds. */
export function guessedShare(guess: Guess): number {
  return guessedMean(guess, [1, 0]);
}

/** The mean score; 0 while nothing is known. */
export function guessedMean(guess: Guess, scores: readonly number[]): number {
  let [sum, requests] = [0, 0];
  guess.forEach((count, kind) => {
    sum += count * (scores[kind] ?? 0);
    requests += count;
  });
  return requests > 0 ? sum / requests : 0;
}

/** With one more poll of the baseline: Y <- 0.98 Y + y for each kind of request (docs/evidence.md). */
export function learn(guess: Guess, poll: readonly number[]): Guess {
  return poll.map((count, kind) => REMEMBERED * (guess[kind] ?? 0) + count);
}
