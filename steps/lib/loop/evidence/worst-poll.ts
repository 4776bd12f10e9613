/**
 * No single poll can abort. Beside the wealth a copy is kept for each past poll, as if that poll had never been; the least of
 * them decides. If any one poll is garbage and the others obey the claim, the least is at most the copy without that poll, which
 * is a fair bet: the guarantee survives (evidence.md, section 2; Saha and Ramdas, "Huber-robust likelihood ratio tests").
 */
import { firstStake, lateStake, unspent } from "./late-starts.ts";
import type { WealthWithoutWorst } from "./model.ts";

/**
 * More copies than this bring nothing that could be measured (a hundredth of a nat at most). Of too many the two oldest, which differ
 * least by then, become one that is below both: still valid, and a little too careful.
 */
const MOST_COPIES = 24;
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
  const invested = (wealth: readonly number[]) => wealth.map((odds) => odds + stake);
  const grown = (wealth: readonly number[]) =>
    wealth.map((odds, index) => Math.min(odds * (factors[index] ?? 1), MOST_WEALTH));

  const before = invested(bets);
  const now = grown(before);
  const others = copies.map((copy) => grown(invested(copy)));
  const isNeeded = ![now, ...others].some((other) => isNowhereAbove(other, before));
  const kept = isNeeded ? [...others.filter((other) => !isNowhereAbove(before, other)), before] : others;
  return { polls: polls + 1, bets: now, copies: bounded(kept) };
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
  return a.every((odds, index) => odds <= (b[index] ?? odds));
}

function bounded(copies: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const [first, second, ...rest] = copies;
  if (copies.length <= MOST_COPIES || first === undefined || second === undefined) return copies;
  return [first.map((odds, index) => Math.min(odds, second[index] ?? odds)), ...rest];
}

function sum(wealth: readonly number[]): number {
  return wealth.reduce((all, odds) => all + odds, 0);
}
