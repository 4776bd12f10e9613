/** The reference figures, computed independently in Python: wealth after each of 40 polls. */
import { expect, test } from "vitest";
import {
  addAgainst,
  addInFavour,
  type Bettor,
  startAgainst,
  startInFavour,
} from "../../../../../steps/lib/loop/evidence/claim.ts";
import { logSum } from "../../../../../steps/lib/loop/evidence/log-space.ts";
import type { Claim } from "../../../../../steps/lib/loop/evidence/model.ts";
import { badAndGood, onShare } from "../../../../../steps/lib/loop/evidence/share-bets.ts";
import { total, totalWithoutWorst } from "../../../../../steps/lib/loop/evidence/worst-poll.ts";
import vectors from "./vectors.json" with { type: "json" };

const LIMIT: Claim = { ratio: 0, margin: 0.01 };
const DELTA: Claim = { ratio: 1, margin: 0.005 };
const rule = { burst: 1, horizon: vectors.horizon };
const polls = vectors.polls.map(({ nc, xc, nb, yb }) =>
  badAndGood({ candidate: { requests: nc, bad: xc }, baseline: { requests: nb, bad: yb } }),
);

const against = (claim: Claim, wealthOf: typeof total) => {
  const bettor = onShare("against", claim);
  let evidence = startAgainst(bettor);
  return polls.map((poll) => {
    evidence = addAgainst(bettor, evidence, poll, rule);
    return wealthOf(evidence.wealth, rule.horizon);
  });
};
const inFavour = (bettor: Bettor) => {
  let evidence = startInFavour(bettor);
  return polls.map((poll) => {
    evidence = addInFavour(bettor, evidence, poll, rule);
    return Math.exp(logSum(evidence.wealth.logs));
  });
};
const grid = { odds: [0, 0.1, 0.25, 0.5, 0.75], likeBaseline: false };

test.each<readonly [string, () => readonly number[], readonly number[]]>([
  ["against a limit", () => against(LIMIT, total), vectors.threshold],
  ["against a margin over the baseline", () => against(DELTA, total), vectors.delta],
  ["the same without the worst poll", () => against(DELTA, totalWithoutWorst), vectors.deltaIgnoreWorst],
  ["for a limit", () => inFavour(onShare("for", LIMIT)), vectors.promoteThreshold],
  // The product also bets on a candidate that is like the baseline, and nothing before it has seen one.
  [
    "for a margin over the baseline",
    () => inFavour({ ...onShare("for", DELTA, grid), needsPast: false }),
    vectors.promoteDelta,
  ],
])("evidence %s is the reference's to 1e-9 after every poll", (_what, wealth, expected) => {
  const errors = wealth().map((value, index) => Math.abs(value / (expected[index] ?? Number.NaN) - 1));

  expect(errors).toHaveLength(vectors.polls.length);
  expect(Math.max(...errors)).toBeLessThan(1e-9);
});
