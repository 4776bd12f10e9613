/** The evidence on one claim, on one side: a poll's requests go in, and each bet's wealth grows or shrinks. */
import { type Bet, type Exposure, exposureOf, type Kinds, logEValue } from "./e-value.ts";
import { learn } from "./guess.ts";
import type { ClaimEvidence, Guess, Rule, Wealth, WealthWithoutWorst } from "./model.ts";
import { grow, startWealth } from "./worst-poll.ts";

/** Who bets on a claim, on one side. */
export interface Bettor {
  /** How many bets there are. */
  readonly bets: number;
  /** The claim is about the baseline too. */
  readonly needsBaseline: boolean;
  /** Nothing is bet before the baseline was seen once: a wrong guess can cost all that is bet. */
  readonly needsPast: boolean;
  readonly start: Guess;
  /** The bets on a poll, from what is known before its kinds of requests are. */
  readonly place: (guess: Guess, exposure: Exposure) => readonly Bet[];
}

export function startAgainst({ bets, start }: Bettor): ClaimEvidence<WealthWithoutWorst> {
  return { wealth: startWealth(bets), guess: start, seen: false, waiting: [] };
}

/** For the candidate all is bet at once, and no poll is left out: what counts is the evidence now. */
export function startInFavour({ bets, start }: Bettor): ClaimEvidence<Wealth> {
  const logs = new Array<number>(bets).fill(-Math.log(bets));
  return { wealth: { logs }, guess: start, seen: false, waiting: [] };
}

export function addAgainst(
  bettor: Bettor,
  evidence: ClaimEvidence<WealthWithoutWorst>,
  poll: Kinds,
  { burst, horizon }: Pick<Rule, "burst" | "horizon">,
): ClaimEvidence<WealthWithoutWorst> {
  return add(bettor, evidence, poll, burst, (wealth, growth) => grow(wealth, growth, horizon));
}

export function addInFavour(
  bettor: Bettor,
  evidence: ClaimEvidence<Wealth>,
  poll: Kinds,
  { burst }: Pick<Rule, "burst">,
): ClaimEvidence<Wealth> {
  return add(bettor, evidence, poll, burst, ({ logs }, growth) => ({
    logs: logs.map((log, index) => log + (growth[index] ?? 0)),
  }));
}

/**
 * A candidate can only be compared with a baseline that had requests: until then its requests wait and count with the next poll's.
 * Of e-values the power 1/burst is taken. They then hold for groups of up to so many requests that fail together, whatever the
 * dependence inside a group (Hölder's inequality; docs/evidence.md).
 */
function add<W>(
  { needsBaseline, needsPast, place }: Bettor,
  { wealth, guess, seen, waiting }: ClaimEvidence<W>,
  { candidate, baseline }: Kinds,
  burst: number,
  growBy: (wealth: W, growth: readonly number[]) => W,
): ClaimEvidence<W> {
  const poll: Kinds = { candidate: candidate.map((count, kind) => count + (waiting[kind] ?? 0)), baseline };
  const exposure = exposureOf(poll);
  if (needsBaseline && exposure.baseline === 0) return { wealth, guess, seen, waiting: poll.candidate };
  const bets = exposure.candidate > 0 && (seen || !needsPast) ? place(guess, exposure) : [];
  const growth = bets.map((bet) => logEValue(bet, poll) / burst);
  return {
    wealth: growBy(wealth, growth),
    guess: exposure.baseline > 0 ? learn(guess, baseline) : guess,
    seen: seen || exposure.baseline > 0,
    waiting: [],
  };
}
