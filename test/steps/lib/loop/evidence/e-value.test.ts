/** One bet on one poll: fair whatever happens, finite whatever is counted. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Bet,
  type Kinds,
  logEValue,
  type Side,
} from "../../../../../steps/lib/loop/evidence/e-value.ts";
import { guessedMean } from "../../../../../steps/lib/loop/evidence/guess.ts";
import type { Claim } from "../../../../../steps/lib/loop/evidence/model.ts";
import { onMean } from "../../../../../steps/lib/loop/evidence/score-bets.ts";
import { badAndGood, onShare } from "../../../../../steps/lib/loop/evidence/share-bets.ts";
import { tally, times } from "./run.ts";

/** P(x of n are bad). */
function probability(bad: number, requests: number, share: number): number {
  let ways = 1;
  for (let index = 0; index < bad; index += 1) ways *= (requests - index) / (index + 1);
  return ways * share ** bad * (1 - share) ** (requests - bad);
}

/** The mean of E over all outcomes of a poll. */
function expectation(bet: Bet, own: number, others: number, candidate: number, baseline: number): number {
  let mean = 0;
  for (let bad = 0; bad <= own; bad += 1) {
    for (let otherBad = 0; otherBad <= others; otherBad += 1) {
      const chance = probability(bad, own, candidate) * probability(otherBad, others, baseline);
      mean += chance * Math.exp(logEValue(bet, badAndGood(tally([bad, own], [otherBad, others]))));
    }
  }
  return mean;
}

const SIDES: readonly Side[] = ["against", "for"];
const CLAIMS: readonly Claim[] = [0, 1, 1.2, 1.5].flatMap((ratio) =>
  [0, 0.005, 0.1, 0.4].map((margin) => ({ ratio, margin })),
);

describe("a bet is fair: on the edge of the claim its expectation is at most 1", () => {
  const cases = SIDES.flatMap((side) => CLAIMS.map((claim) => [side, claim.ratio, claim.margin] as const));

  test.each(cases)("%s: candidate at %d x baseline + %d, whatever is guessed", (side, ratio, margin) => {
    const claim = { ratio, margin };
    let [largest, isStaked] = [0, false];
    for (const [own, others] of [
      [1, 6],
      [4, 4],
      [7, 2],
    ] as const) {
      for (const guess of [0.0001, 0.05, 0.5, 0.999]) {
        for (const baseline of [0, 0.02, 0.3, 0.6, 1]) {
          const candidate = ratio * baseline + margin;
          if (candidate > 1) continue;
          const bets = onShare(side, claim).place([guess, 1 - guess], { candidate: own, baseline: others });
          const means = bets.map((bet) => expectation(bet, own, others, candidate, baseline));
          largest = Math.max(largest, ...means);
          isStaked ||= bets.some(({ kappa }) => kappa !== 0);
        }
      }
    }
    expect(largest).toBeLessThanOrEqual(1 + 1e-12);
    // "No errors at all" is a limit that no bet fits to.
    expect(isStaked).toBe(ratio + margin > 0);
  });

  test("and beyond the edge even less: better than claimed for the one side, worse for the other", () => {
    const claim = { ratio: 1, margin: 0.05 };
    const exposure = { candidate: 4, baseline: 5 };
    for (const [side, candidate] of [
      ["against", 0.1],
      ["for", 0.4],
    ] as const) {
      for (const bet of onShare(side, claim).place([0.1, 0.9], exposure)) {
        expect(expectation(bet, 4, 5, candidate, 0.2)).toBeLessThanOrEqual(1 + 1e-12);
      }
    }
  });

  test("requests that differ among themselves keep it fair, as long as their average keeps the claim", () => {
    // Given one request that always fails and three that never do, at an average of 25 %.
    const [bet] = onShare("against", { ratio: 0, margin: 0.25 }).place([0.1, 0.9], {
      candidate: 4,
      baseline: 0,
    });

    expect(bet && Math.exp(logEValue(bet, { candidate: [1, 3], baseline: [] }))).toBeLessThanOrEqual(1);
  });
});

describe("means of buckets", () => {
  const EDGES = [10, 100, 1000];
  /** Two requests of each version, one of four buckets each. */
  const outcomes = times(256, (index) => {
    const buckets = [index & 3, (index >> 2) & 3, (index >> 4) & 3, (index >> 6) & 3];
    const count = (those: readonly number[]) =>
      times(4, (bucket) => those.filter((one) => one === bucket).length);
    return { buckets, kinds: { candidate: count(buckets.slice(0, 2)), baseline: count(buckets.slice(2)) } };
  });
  const mean = (bet: Bet, candidate: readonly number[], baseline: readonly number[]) =>
    outcomes.reduce((sum, { buckets, kinds }) => {
      const chance = buckets.reduce(
        (p, bucket, index) => p * ((index < 2 ? candidate : baseline)[bucket] ?? 0),
        1,
      );
      return sum + (chance > 0 ? chance * Math.exp(logEValue(bet, kinds)) : 0);
    }, 0);
  const DISTRIBUTIONS = [
    [1, 0, 0, 0],
    [0.5, 0.3, 0.2, 0],
    [0.1, 0.2, 0.3, 0.4],
    [0, 0, 0, 1],
    [0.7, 0, 0, 0.3],
  ];

  test.each(SIDES.flatMap((side) => [0, 1, 1.3].map((ratio) => [side, ratio] as const)))(
    "%s: a bet on at most %d x the baseline's mean + margin is fair on the scores it was made with",
    (side, ratio) => {
      let [most, isStaked] = [0, false];
      for (const margin of [0, 5, 60]) {
        const claim = { ratio, margin };
        const bettor = onMean(side, claim, EDGES);
        for (const guess of DISTRIBUTIONS) {
          for (const bet of bettor.place(
            guess.map((part) => 50 * part),
            { candidate: 2, baseline: 2 },
          )) {
            isStaked ||= bet.kappa !== 0;
            for (const candidate of DISTRIBUTIONS) {
              for (const baseline of DISTRIBUTIONS) {
                const [own, other] = [guessedMean(candidate, bet.scores), guessedMean(baseline, bet.scores)];
                const edge = bet.v + ratio * (other - bet.u);
                const isCovered = side === "against" ? own <= edge : own >= edge;
                if (isCovered) most = Math.max(most, mean(bet, candidate, baseline));
              }
            }
          }
        }
      }
      expect(most).toBeLessThanOrEqual(1 + 1e-12);
      expect(isStaked).toBe(true);
    },
  );
});

test("without a baseline in the claim it is the likelihood ratio of the suspected share to the limit", () => {
  const [bet] = onShare("against", { ratio: 0, margin: 0.01 }).place([0.1, 0.9], {
    candidate: 50,
    baseline: 0,
  });
  // The least suspect has 1.5 times the odds of 1 %.
  const suspect = 0.015 / (0.99 + 0.015);

  const expected = 3 * Math.log(suspect / 0.01) + 47 * Math.log((1 - suspect) / 0.99);
  expect(bet && logEValue(bet, { candidate: [3, 47], baseline: [] })).toBeCloseTo(expected, 12);
});

test("every bet is finite, whatever is counted, guessed and claimed", () => {
  const requests = fc.constantFrom(0, 1, 3, 500, 1e6, 0.25);
  const part = fc.constantFrom(0, 1e-9, 0.5, 1);
  const claims = fc.record({
    ratio: fc.constantFrom(0, 0.5, 1, 1.2, 100),
    margin: fc.constantFrom(0, 1e-12, 0.005, 0.5, 1, 2),
  });
  const kinds = fc
    .tuple(requests, part, requests, part)
    .map(
      ([own, bad, others, otherBad]): Kinds =>
        badAndGood(tally([own * bad, own], [others * otherBad, others])),
    );
  const guesses = fc.constantFrom([0, 1], [1, 0], [1e-300, 1], [0.5, 249.5], [1e9, 1e-9]);
  fc.assert(
    fc.property(fc.constantFrom(...SIDES), claims, kinds, guesses, (side, claim, poll, guess) => {
      const [candidate, baseline] = [poll.candidate, poll.baseline].map((all) =>
        all.reduce((a, b) => a + b, 0),
      );
      fc.pre((candidate ?? 0) > 0 && (claim.ratio === 0 || (baseline ?? 0) > 0));
      const exposure = { candidate: candidate ?? 0, baseline: baseline ?? 0 };
      for (const bet of onShare(side, claim).place(guess, exposure)) {
        expect(Number.isFinite(logEValue(bet, poll))).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
