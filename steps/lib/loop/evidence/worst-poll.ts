/**
 * No single poll can abort. Beside the wealth a copy is kept for each past poll, as if that poll had never been; the least of
 * them decides. If any one poll is garbage and the others obey the claim, the least is at most the copy without that poll, which
 * is a fair bet: the guarantee survives (docs/evidence.md; Saha and Ramdas, "Huber-robust likelihood ratio tests").
 */
import { firstStake, lateStake, unspent } from "./late-starts.ts";
import type { WealthWithoutWorst } from "./model.ts";

/**
 * Of too many copies the two oldest, which differ least by then, become one that is below both: still valid, and at most a
 * twentieth of a nat too careful in runs of 360 polls.
 */
const MOST_COPIES = 16;
/** Nobody needs more. Less wealth than there is is valid too, and products stay finite. */
const MOST_WEALTH = 1e150;

export function startWealth(bets: number): WealthWithoutWorst {
  return { polls: 0, bets: new Array<number>(bets).fill(firstStake(bets)), copies: [] };
}

/**
 * After a poll in which each bet grew by e^`growth`. A copy that is nowhere below another one stays so, because all later polls
 * do the same to both; it can never be the least and is dropped. So the cost of a poll does not grow with the polls behind it.
 */
export function grow(
  { polls, bets, copies }: WealthWithoutWorst,
  growth: readonly number[],
  horizon: number,
): WealthWithoutWorst {
  const stake = lateStake(bets.length, polls, horizon);
  const factors = bets.map((_, index) => Math.min(Math.exp(growth[index] ?? 0), MOST_WEALTH));
  const before = bets.map((odds) => odds + stake);
  const now = grown(bets, stake, factors);
  const others = copies.map((copy) => grown(copy, stake, factors));
  const isNeeded = !isNowhereAbove(now, before) && !others.some((other) => isNowhereAbove(other, before));
  const kept = isNeeded ? [...others.filter((other) => !isNowhereAbove(before, other)), before] : others;
  return { polls: polls + 1, bets: now, copies: bounded(kept) };
}

function grown(wealth: readonly number[], stake: number, factors: readonly number[]): readonly number[] {
  return wealth.map((odds, bet) => Math.min((odds + stake) * (factors[bet] ?? 1), MOST_WEALTH));
}

/** The odds of all bets together, what is not invested yet included. */
export function total({ polls, bets }: WealthWithoutWorst, horizon: number): number {
  return sum(bets) + unspent(polls, horizon);
}

/** The same without the poll that helped most. */
export function totalWithoutWorst({ polls, bets, copies }: WealthWithoutWorst, horizon: number): number {
  return Math.min(sum(bets), ...copies.map(sum)) + unspent(polls, horizon);
}

function isNowhereAbove(a: readonly number[], b: readonly number[]): boolean {
  for (let bet = 0; bet < a.length; bet += 1) if ((a[bet] ?? 0) > (b[bet] ?? 0)) return false;
  return true;
}

function bounded(copies: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const [first, second, ...rest] = copies;
  if (copies.length <= MOST_COPIES || first === undefined || second === undefined) return copies;
  return [first.map((odds, index) => Math.min(odds, second[index] ?? odds)), ...rest];
}

function sum(wealth: readonly number[]): number {
  return wealth.reduce((all, odds) => all + odds, 0);
}
