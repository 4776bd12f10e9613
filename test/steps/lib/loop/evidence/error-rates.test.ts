/** The promise itself, on candidates that sit exactly on the limit, where every decision is a mistake. */
import { expect, test } from "vitest";
import {
  addAgainst,
  addInFavour,
  startAgainst,
  startInFavour,
} from "../../../../../steps/lib/loop/evidence/claim.ts";
import { logSum } from "../../../../../steps/lib/loop/evidence/log-space.ts";
import type { Claim } from "../../../../../steps/lib/loop/evidence/model.ts";
import { badAndGood, onShare } from "../../../../../steps/lib/loop/evidence/share-bets.ts";
import { total } from "../../../../../steps/lib/loop/evidence/worst-poll.ts";
import { binomial, seeded } from "./draws.ts";
import { times } from "./run.ts";

/** Half an hour of polls of 5 s. */
const LOOKS = 360;
const ALPHA = 0.01;
const BETA = 0.05;

test.each<readonly [string, number, Claim, number]>([
  ["a limit of 1 %", 2000, { ratio: 0, margin: 0.01 }, 0.01],
  ["0.5 points more than the baseline", 500, { ratio: 1, margin: 0.005 }, 0.006],
])("on %s few runs are aborted and few promoted, however often one looks", (_what, runs, claim, share) => {
  const [worse, better] = [onShare("against", claim), onShare("for", claim)];
  const rule = { burst: 1, horizon: LOOKS };
  const random = seeded(2024);
  const ends = times(runs, () => {
    let [against, inFavour] = [startAgainst(worse), startInFavour(better)];
    let [aborted, promoted] = [false, false];
    for (let look = 0; look < LOOKS && !(aborted && promoted); look += 1) {
      const poll = badAndGood({
        candidate: { requests: 25, bad: binomial(random, 25, share) },
        baseline: { requests: 475, bad: binomial(random, 475, 0.001) },
      });
      against = addAgainst(worse, against, poll, rule);
      inFavour = addInFavour(better, inFavour, poll, rule);
      aborted ||= total(against.wealth, rule.horizon) >= 1 / ALPHA;
      promoted ||= logSum(inFavour.wealth.logs) >= Math.log(1 / BETA);
    }
    return { aborted, promoted };
  });
  const part = (is: (end: (typeof ends)[number]) => boolean) => ends.filter(is).length / runs;
  const atMost = (rate: number) => rate + 3 * Math.sqrt((rate * (1 - rate)) / runs);

  expect(part(({ aborted }) => aborted)).toBeLessThanOrEqual(atMost(ALPHA));
  expect(part(({ promoted }) => promoted)).toBeLessThanOrEqual(atMost(BETA));
});
