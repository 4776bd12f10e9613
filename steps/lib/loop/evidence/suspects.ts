/** The size of an effect is unknown, so several sizes are bet on at once; together they cost at most the logarithm of their number. */
import type { Side } from "./e-value.ts";
import type { Claim } from "./model.ts";

/** How the suspected odds compare with the odds at the limit (docs/evidence.md). */
export interface Suspects {
  readonly odds: readonly number[];
  /** Also a candidate that is exactly like the baseline: between a high baseline and its limit no other may fit. */
  readonly likeBaseline: boolean;
}

const WORSE: Suspects = { odds: [1.5, 2, 3, 5, 10, 30, 100, 1000], likeBaseline: false };
const BETTER: Suspects = { odds: [0, 0.1, 0.25, 0.5, 0.75], likeBaseline: false };
const BETTER_OR_ALIKE: Suspects = { ...BETTER, likeBaseline: true };

export function suspectsOf(side: Side, { ratio }: Claim): Suspects {
  if (side === "against") return WORSE;
  return ratio > 0 ? BETTER_OR_ALIKE : BETTER;
}

export function numberOf({ odds, likeBaseline }: Suspects): number {
  return odds.length + (likeBaseline ? 1 : 0);
}

/** The candidate's suspected shares: odds(q) = g * odds(ratio * guess + margin). */
export function suspectedShares(
  { odds, likeBaseline }: Suspects,
  { ratio, margin }: Claim,
  guess: number,
): readonly number[] {
  const limit = Math.min(ratio * guess + margin, 1 - 1e-9);
  const scaled = odds.map((g) => (g * limit) / (1 - limit + g * limit));
  return likeBaseline ? [...scaled, guess] : scaled;
}
