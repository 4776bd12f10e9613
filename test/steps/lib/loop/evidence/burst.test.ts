/** How many requests fail together, from the baseline's polls before a run; and what it does to the evidence. */
import { expect, test } from "vitest";
import { estimateBurst } from "../../../../../steps/lib/loop/evidence/burst.ts";
import { binomial, seeded } from "./draws.ts";
import { pollsUntil, pollWith, ruleWith, standingAfter, tally, times } from "./run.ts";

/** 120 polls of 500 requests, 1 % of them bad, in groups of a size. */
const history = (seed: number, size: number) => {
  const random = seeded(seed);
  return times(120, () => ({ requests: 500, bad: size * binomial(random, 500 / size, 0.01) }));
};

test.each([1, 4, 10])("errors in groups of %d are estimated as such", (size) => {
  const estimates = times(20, (seed) => estimateBurst(history(seed, size)));
  const mean = estimates.reduce((sum, one) => sum + one, 0) / estimates.length;

  expect(mean).toBeGreaterThan(size * 0.8);
  expect(mean).toBeLessThan(size * 1.25);
});

test.each<readonly [string, readonly { requests: number; bad: number }[]]>([
  ["no history", []],
  ["no requests", times(100, () => ({ requests: 0, bad: 0 }))],
  ["no errors", times(100, () => ({ requests: 500, bad: 0 }))],
  ["nothing but errors", times(100, () => ({ requests: 500, bad: 500 }))],
  ["a handful of polls", times(5, (index) => ({ requests: 500, bad: 100 * index }))],
  ["one error in a hundred polls", times(100, (index) => ({ requests: 500, bad: Number(index === 3) }))],
  ["errors more even than chance", times(100, () => ({ requests: 500, bad: 5 }))],
])("with %s it is 1", (_what, polls) => {
  expect(estimateBurst(polls)).toBe(1);
});

test("errors that come by tens are worth a tenth: three bursts do not abort, a broken candidate does", () => {
  const rule = ruleWith();
  const bursts = times(6, (poll) => pollWith(rule, 5, tally([poll % 2 === 1 ? 10 : 0, 50], [1, 950])));
  const broken = times(6, () => pollWith(rule, 5, tally([50, 50], [1, 950])));

  expect(standingAfter(rule, bursts).abort).toEqual({ by: 0 });
  expect(standingAfter({ ...rule, burst: 10 }, bursts).abort).toBeUndefined();
  expect(standingAfter({ ...rule, burst: 10 }, broken).abort).toEqual({ by: 0 });
});

test("with errors that come by fours a promotion takes nearly four times the requests", () => {
  const rule = ruleWith();
  const clean = pollWith(rule, 5, tally([0, 10], [0, 190]));
  const needed = (burst: number) =>
    pollsUntil(
      { ...rule, burst },
      () => clean,
      ({ promote }) => promote,
    ) ?? 0;

  expect(needed(4) / needed(1)).toBeGreaterThan(3);
  expect(needed(4) / needed(1)).toBeLessThan(4.2);
});
