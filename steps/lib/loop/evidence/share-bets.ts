/** Bets on a share of bad requests: bad ones have score 1, good ones 0. */
import { stakeOnShare } from "./bet.ts";
import type { Bettor } from "./claim.ts";
import type { Kinds, Side } from "./e-value.ts";
import { guessedShare, unknownShare } from "./guess.ts";
import type { Claim, Requests, Tally } from "./model.ts";
import { numberOf, suspectedShares, suspectsOf } from "./suspects.ts";

const SCORES = [1, 0];

/** With the guess "hardly any bad requests" until the baseline was seen. */
export function onShare(side: Side, claim: Claim, suspects = suspectsOf(side, claim)): Bettor {
  return {
    bets: numberOf(suspects),
    needsBaseline: claim.ratio > 0,
    // Against the candidate time is short, and most services fail rarely. For it nothing is lost by a poll of patience.
    needsPast: side === "for" && claim.ratio > 0,
    start: unknownShare,
    place(guess, exposure) {
      const share = guessedShare(guess);
      return suspectedShares(suspects, claim, share).map((suspect) => {
        const { u, v, kappa, kappaBaseline } = stakeOnShare(side, claim, suspect, share, exposure);
        return { scores: SCORES, u, v, kappa, kappaBaseline };
      });
    },
  };
}

/** For a share that may be anything, such as of the requests that take more than 50 ms. */
export function onAnyShare(side: Side, claim: Claim): Bettor {
  return { ...onShare(side, claim), needsPast: claim.ratio > 0 };
}

/** The two kinds of requests: bad and good. */
export function badAndGood({ candidate, baseline }: Tally): Kinds {
  return { candidate: split(candidate), baseline: split(baseline) };
}

function split({ requests, bad }: Requests): readonly number[] {
  return [Math.min(bad, requests), Math.max(0, requests - bad)];
}
