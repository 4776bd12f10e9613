/** Evidence as lines for a terminal: how far the odds have come, and what decided. Pure. */
import { formatOdds } from "../../steps/lib/loop/sequential/words.ts";
import type { Colours } from "../scenario/terminal.ts";
import { leastOf, type Odds, type Reading } from "./evidence-reading.ts";

const AGAINST_WIDTH = 20;
const FOR_WIDTH = 13;
const TEXT_WIDTH = 16;

/** Two bars that are full when the odds suffice: `against ████░░░░ 12:1 of 100:1   for ██░░ 1.8:1 of 20:1`. */
export function oddsLine(odds: Odds, paint: Pick<Colours, "red" | "green">): string {
  const { against, needAgainst, needFor } = odds;
  const part = (name: string, width: number, value: number, need: number, colour: (text: string) => string) =>
    `${name} ${colour(bar(value, need, width))} ${`${formatOdds(value)} of ${formatOdds(need)}`.padEnd(TEXT_WIDTH)}`;
  return [
    part("against", AGAINST_WIDTH, against, needAgainst, paint.red),
    part("for", FOR_WIDTH, leastOf(odds), needFor, paint.green),
  ].join(" ");
}

/** Empty at even odds and below, full at `need`; each tenth part of the way is the same factor. */
export function bar(odds: number, need: number, width: number): string {
  const share = Math.min(1, Math.max(0, Math.log(odds) / Math.log(need)));
  const full = share === 1 ? width : Math.min(width - 1, Math.round(share * width));
  return "█".repeat(full) + "░".repeat(width - full);
}

/** What the evidence has decided about `candidate`, and the arithmetic of each criterion; nothing while it is open. */
export function decisionLines({ odds, decided, conclusions }: Reading, candidate: string): readonly string[] {
  if (odds === undefined || decided === undefined) return [];
  const { against, needAgainst, needFor } = odds;
  const text =
    decided === "against"
      ? `The odds against ${candidate} are ${formatOdds(against)}, ${formatOdds(needAgainst)} is enough: it is rolled back.`
      : `For every criterion the odds are ${formatOdds(leastOf(odds))} or more, ${formatOdds(needFor)} is enough: ${candidate} is promoted.`;
  return [text, ...conclusions];
}
