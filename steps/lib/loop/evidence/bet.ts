/** How much is bet on one poll: as much as makes wealth grow fastest if a suspicion is right, and never all of it. */
import type { Bet, Exposure, Side } from "./e-value.ts";
import type { Claim } from "./model.ts";

/** How near to 0 and 1 a supposed mean may come. */
const HAIR = 1e-9;
/** A bet that can lose everything can never win again, so stakes stay inside what is possible: on either version's requests. */
const ON_CANDIDATE = 1 - 1e-12;
const ON_BASELINE = 0.99;

type Stake = Omit<Bet, "scores">;

const NO_STAKE: Stake = { u: 0, v: 0, kappa: 0, kappaBaseline: 0 };

/**
 * The growth-optimal stake if the candidate's share of bad requests were `suspect` and the baseline's `guess`: u is the point on
 * the claim's edge that is nearest to both (in Kullback-Leibler divergence, by its Poisson approximation, a quadratic), and
 * kappa = (suspect - v) / (v (1 - v)) (docs/evidence.md).
 */
export function stakeOnShare(
  side: Side,
  claim: Claim,
  suspect: number,
  guess: number,
  exposure: Exposure,
): Stake {
  const edge = edgeAt(claim, claim.ratio > 0 ? nearest(claim, suspect, guess, exposure) : 0);
  if (edge === undefined) return NO_STAKE;
  const { v } = edge;
  return within(side, claim, edge, (suspect - v) / (v * (1 - v)), exposure);
}

/** A fraction of the largest stake that is possible, with the baseline supposed to be where it was: for scores between 0 and 1. */
export function stakeFraction(
  side: Side,
  claim: Claim,
  fraction: number,
  guess: number,
  exposure: Exposure,
): Stake {
  const edge = edgeAt(claim, guess);
  if (edge === undefined) return NO_STAKE;
  const { highest, lowest } = possible(claim, edge, exposure);
  return within(side, claim, edge, fraction * (side === "against" ? highest : lowest), exposure);
}

/** A supposed baseline and what the claim then just allows. */
type Edge = Pick<Bet, "u" | "v">;

/** Both inside 0 and 1, u as near as possible; undefined where the claim leaves no such place. */
function edgeAt({ ratio, margin }: Claim, u: number): Edge | undefined {
  if (ratio === 0) return margin < HAIR || margin > 1 - HAIR ? undefined : { u: 0, v: margin };
  const low = Math.max(HAIR, (HAIR - margin) / ratio);
  const high = Math.min(1 - HAIR, (1 - HAIR - margin) / ratio);
  if (low > high) return undefined;
  const inside = Math.min(Math.max(u, low), high);
  return { u: inside, v: ratio * inside + margin };
}

function nearest({ ratio, margin }: Claim, suspect: number, guess: number, exposure: Exposure): number {
  const { candidate, baseline } = exposure;
  const both = ratio * candidate + baseline;
  const a = ratio * both;
  const b = margin * both - ratio * candidate * suspect - ratio * baseline * guess;
  const c = -baseline * guess * margin;
  return (-b + Math.sqrt(Math.max(0, b * b - 4 * a * c))) / (2 * a);
}

/** The stakes at which every factor of (F) stays above 0. */
function possible({ ratio }: Claim, { u, v }: Edge, { candidate, baseline }: Exposure) {
  const others = ratio === 0 ? Number.POSITIVE_INFINITY : (ON_BASELINE * baseline) / (ratio * candidate);
  return {
    highest: Math.min(ON_CANDIDATE / v, others / (1 - u)),
    lowest: -Math.min(ON_CANDIDATE / (1 - v), others / u),
  };
}

function within(side: Side, claim: Claim, edge: Edge, wished: number, exposure: Exposure): Stake {
  const { highest, lowest } = possible(claim, edge, exposure);
  const kappa =
    side === "against" ? Math.min(Math.max(wished, 0), highest) : Math.max(Math.min(wished, 0), lowest);
  const { ratio } = claim;
  const kappaBaseline = ratio === 0 ? 0 : (ratio * kappa * exposure.candidate) / exposure.baseline;
  return { u: edge.u, v: edge.v, kappa, kappaBaseline };
}
