/**
 * Bets on a mean of which only buckets are known. One request that was never seen could move a mean by any amount, so a claim about
 * it needs a cap: what is larger counts as the cap, and scores are values divided by it (docs/evidence.md).
 */
import { stakeFraction } from "./bet.ts";
import type { Bettor } from "./claim.ts";
import type { Bet, Exposure, Side } from "./e-value.ts";
import { guessedMean } from "./guess.ts";
import type { Claim, Guess } from "./model.ts";

/** Stakes as parts of the largest possible one (docs/evidence.md; Waudby-Smith and Ramdas 2024). */
const FRACTIONS = [0.02, 0.05, 0.1, 0.2, 0.4, 0.8];

/** A baseline may have so many of its requests above the cap. */
const ABOVE_CAP = 0.01;
/** Far above what is ordinary: a long tail still weighs at this many times the limit, or the ordinary cap. */
const FAR = 20;

/** `edges`: finite upper edges of the buckets, ascending, in the unit of the margin. */
export function onMean(side: Side, claim: Claim, edges: readonly number[]): Bettor {
  return claim.ratio > 0 ? againstBaseline(side, claim, edges) : againstLimit(side, claim, edges);
}

/**
 * Mean <= limit. Against the candidate every request counts as its bucket's lower edge, so an abort is right about the true mean.
 * For it every request counts as the upper edge, and what is far above the limit as that.
 */
function againstLimit(side: Side, claim: Claim, edges: readonly number[]): Bettor {
  const last = edges.at(-1) ?? 1;
  const cap = side === "against" ? last : (edges.find((edge) => edge >= FAR * claim.margin) ?? last);
  const values = side === "against" ? [0, ...edges] : [...edges, cap];
  return {
    bets: FRACTIONS.length,
    needsBaseline: false,
    needsPast: false,
    start: [],
    place: (_guess, exposure) => fractions(side, claim, scoresOf(values, cap), cap, 0, exposure),
  };
}

/**
 * Mean <= ratio * baseline's mean + margin. Both versions' requests count as the geometric middle of their bucket, and the claim
 * is about means with a cap that few requests of the baseline exceed. Against the candidate the same is bet with a far cap as well.
 */
function againstBaseline(side: Side, claim: Claim, edges: readonly number[]): Bettor {
  const values = [...edges.map((edge, index) => middle(edges[index - 1], edge)), Number.POSITIVE_INFINITY];
  const caps = (guess: Guess) => {
    const near = ordinaryCap(claim, edges, values, guess);
    return side === "for" ? [near] : [near, edges.find((edge) => edge >= FAR * near) ?? edges.at(-1) ?? near];
  };
  return {
    bets: FRACTIONS.length * (side === "for" ? 1 : 2),
    needsBaseline: true,
    needsPast: true,
    start: [],
    place: (guess, exposure) =>
      caps(guess).flatMap((cap) => {
        const scores = scoresOf(values, cap);
        return fractions(side, claim, scores, cap, guessedMean(guess, scores), exposure);
      }),
  };
}

function fractions(
  side: Side,
  { ratio, margin }: Claim,
  scores: readonly number[],
  cap: number,
  guess: number,
  exposure: Exposure,
): readonly Bet[] {
  const scaled = { ratio, margin: margin / cap };
  return FRACTIONS.map((fraction) => ({
    scores,
    ...stakeFraction(side, scaled, fraction, guess, exposure),
  }));
}

/** The first edge that few of the baseline's past requests exceed, and that leaves room for what the claim allows. */
function ordinaryCap(
  { ratio, margin }: Claim,
  edges: readonly number[],
  values: readonly number[],
  guess: Guess,
): number {
  const all = guess.reduce((sum, count) => sum + count, 0);
  let above = all;
  const found = edges.find((edge, index) => {
    above -= guess[index] ?? 0;
    const mean = guessedMean(guess, scoresOf(values, edge));
    return above <= ABOVE_CAP * all && edge > 2 * (ratio * mean * edge + margin);
  });
  return found ?? edges.at(-1) ?? 1;
}

function scoresOf(values: readonly number[], cap: number): readonly number[] {
  return values.map((value) => Math.min(value, cap) / cap);
}

function middle(lower: number | undefined, upper: number): number {
  return lower === undefined || lower <= 0 ? upper / 2 : Math.sqrt(lower * upper);
}
