/** Late starts and the wealth without the worst poll: the short recursions against the long definitions. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  grow,
  startWealth,
  total,
  totalWithoutWorst,
} from "../../../../../steps/lib/loop/evidence/worst-poll.ts";
import { seeded } from "./draws.ts";
import { times } from "./run.ts";

const HORIZON = 20;

/** Growth of each bet in each poll, as logarithms. */
type Growth = readonly (readonly number[])[];

/**
 * By the definition: each bet has 0.8 of its stake from the first poll on, and 0.2/horizon more from each later one on; a stake that
 * starts at a poll is multiplied by the factors of that poll and of all after it, but not by that of the poll left out.
 */
function bruteForce(growth: Growth, leftOut?: number): number {
  const bets = growth[0]?.length ?? 0;
  let sum = 0;
  for (let bet = 0; bet < bets; bet += 1) {
    for (let start = 0; start < growth.length; start += 1) {
      if (start > HORIZON) continue;
      const stake = (start === 0 ? 0.8 : 0.2 / HORIZON) / bets;
      const log = growth.reduce(
        (all, factors, poll) => (poll >= start && poll !== leftOut ? all + (factors[bet] ?? 0) : all),
        0,
      );
      sum += stake * Math.exp(log);
    }
  }
  return sum + 0.2 * Math.max(0, 1 - (growth.length - 1) / HORIZON);
}

function bruteForceWithoutWorst(growth: Growth): number {
  return Math.min(bruteForce(growth), ...growth.map((_, poll) => bruteForce(growth, poll)));
}

const play = (growth: Growth) =>
  growth.reduce((wealth, factors) => grow(wealth, factors, HORIZON), startWealth(growth[0]?.length ?? 1));

const polls = (minLength: number, maxLength: number) =>
  fc.integer({ min: 1, max: 4 }).chain((bets) =>
    fc.array(fc.array(fc.double({ min: -3, max: 4, noNaN: true }), { minLength: bets, maxLength: bets }), {
      minLength,
      maxLength,
    }),
  );

describe("the wealth after any polls", () => {
  test("is the sum of bets that start at different times", () => {
    fc.assert(
      fc.property(polls(1, 30), (growth) => {
        expect(total(play(growth), HORIZON) / bruteForce(growth)).toBeCloseTo(1, 10);
      }),
      { numRuns: 200 },
    );
  });

  test("without the worst poll is the least over all polls, although most copies are dropped", () => {
    fc.assert(
      fc.property(polls(1, 16), (growth) => {
        const wealth = totalWithoutWorst(play(growth), HORIZON);

        expect(wealth / bruteForceWithoutWorst(growth)).toBeCloseTo(1, 10);
      }),
      { numRuns: 200 },
    );
  });

  test("is never above that least when there are too many copies to keep, and not far below", () => {
    const random = seeded(11);
    let mostCopies = 0;
    for (let run = 0; run < 20; run += 1) {
      // Polls that are good for one bet and bad for another, so that hardly any copy is below another everywhere.
      const growth = times(60, () => times(6, () => 2 * random() - 1));
      const wealth = play(growth);
      const least = bruteForceWithoutWorst(growth);

      expect(totalWithoutWorst(wealth, HORIZON)).toBeLessThanOrEqual(least * (1 + 1e-9));
      expect(totalWithoutWorst(wealth, HORIZON)).toBeGreaterThan(least / 2);
      mostCopies = Math.max(mostCopies, wealth.copies.length);
    }
    expect(mostCopies).toBe(16);
  });

  test("starts at 1, and what is kept back is never worth more than 1 when nothing happens", () => {
    const nothing = times(50, () => [0, 0]);

    expect(total(startWealth(2), HORIZON)).toBeCloseTo(1, 12);
    expect(nothing.map((_, poll) => total(play(nothing.slice(0, poll + 1)), HORIZON))).toEqual(
      nothing.map(() => expect.closeTo(1, 12)),
    );
  });
});

test("a fault that starts late is seen as soon as one that was there from the start", () => {
  const fine = times(15, () => [-2]);
  const late = play([...fine, [3], [3], [3]]);

  // 15 polls took e^30 from the first stake: only later ones can win.
  expect(total(late, HORIZON)).toBeGreaterThan(0.01 * Math.exp(9));
});

test("the one poll that speaks against the candidate is left out, of two the stronger", () => {
  expect(totalWithoutWorst(play([[0], [9], [0]]), HORIZON)).toBeCloseTo(1, 10);

  const both = play([[0], [9], [5], [0]]);
  expect(totalWithoutWorst(both, HORIZON)).toBeGreaterThan(0.8 * Math.exp(5));
  expect(totalWithoutWorst(both, HORIZON)).toBeLessThan(1.2 * Math.exp(5));
});

test("a poll worth more than any number can hold stays finite, and is left out like any other", () => {
  const wealth = play([[0], [1e6], [1e6], [-1e7], [2]]);

  expect(Number.isFinite(total(wealth, HORIZON))).toBe(true);
  expect(totalWithoutWorst(play([[0], [1e6], [0]]), HORIZON)).toBeCloseTo(1, 10);
});

test("the bookkeeping does not grow with the polls", () => {
  const random = seeded(5);
  const growth = times(3000, () => {
    const bad = random() < 0.2 ? 1 : 0;
    return [1.5, 2, 3, 5, 10].map((times) => bad * Math.log(times) - 0.2 * (times - 1));
  });
  const sizes = growth
    .reduce<ReturnType<typeof startWealth>[]>(
      (all, factors) => [...all.slice(-500), grow(all.at(-1) ?? startWealth(5), factors, HORIZON)],
      [],
    )
    .map(({ copies }) => copies.length);

  expect(Math.max(...sizes)).toBeLessThanOrEqual(16);
});
