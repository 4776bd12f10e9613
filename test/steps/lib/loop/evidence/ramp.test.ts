/** How fast the weight may rise: what the worst that is still believable would cost all users. */
import { describe, expect, test } from "vitest";
import {
  addToRamp,
  allowedStep,
  firstWeight,
  startRamp,
} from "../../../../../steps/lib/loop/evidence/ramp.ts";
import { seeded } from "./draws.ts";
import { drawn, pollWith, ruleWith, standingAfter, tally, times } from "./run.ts";

describe("the first weight gives the candidate about ten requests per poll", () => {
  const STEPS = [5, 10, 20, 50];

  test.each<readonly [string, number, number, readonly number[], number]>([
    ["1000 requests/s, 5 s", 1000, 5000, STEPS, 0.2],
    ["100 requests/s, 5 s", 100, 5000, STEPS, 2],
    ["100 requests/s, 15 s: 0.67 rounded down to a tenth", 100, 15_000, STEPS, 0.6],
    ["70 requests/s, 5 s: 2.9 rounded down to whole percent", 70, 5000, STEPS, 2],
    ["10 requests/s: the first step", 10, 5000, STEPS, 5],
    ["100000 requests/s: not below a tenth of a percent", 100_000, 30_000, STEPS, 0.1],
    ["no traffic measured: the first step", 0, 5000, STEPS, 5],
    ["a first step that is smaller", 10, 5000, [0.5, 5], 0.5],
    ["a first step that is not a whole number", 10, 5000, [2.5, 5], 2.5],
    ["exactly 1 %", 200, 5000, STEPS, 1],
  ])("%s", (_what, rps, pollMs, steps, expected) => {
    expect(firstWeight(rps, pollMs, steps)).toBe(expected);
  });
});

describe("a step is allowed when step x (what the candidate may fail more than the baseline) fits into 0.5 % of all traffic", () => {
  const rule = ruleWith({ steps: [0.2, 2, 5, 10, 20, 50] });
  const clean = (requests: number) => [pollWith(rule, 2, tally([0, requests], [0, 50 * requests]))];

  test("before anything is known, only steps at which even a candidate that always fails fits", () => {
    expect(standingAfter(rule, []).allowed).toBe(0.2);
    expect(standingAfter(ruleWith(), []).allowed).toBeUndefined();
  });

  test.each([
    [5, 0.2],
    // 5 % x 10 points = 0.5 %: about 40 clean requests refute a candidate that fails 10 points more.
    [30, 2],
    [60, 5],
    [100, 10],
    [200, 20],
    [500, 50],
  ])("after %d requests without an error up to %d %%", (requests, allowed) => {
    expect(standingAfter(rule, clean(requests)).allowed).toBe(allowed);
  });

  test("errors of both versions do not hold it back, the candidate's own do", () => {
    const both = pollWith(rule, 10, tally([50, 1000], [450, 9000]));
    const own = pollWith(rule, 10, tally([50, 1000], [0, 9000]));

    expect(
      standingAfter(
        rule,
        times(20, () => both),
      ).allowed,
    ).toBe(50);
    expect(
      standingAfter(
        rule,
        times(20, () => own),
      ).allowed,
    ).toBe(5);
  });

  test("a candidate that costs more than the budget at a weight is allowed there in at most 5 % of runs", () => {
    // 10 % of the traffic x 5 points more than the baseline: exactly 0.5 %.
    const random = seeded(17);
    const tenth = ruleWith({ steps: [10] });
    const allowed = times(300, () => {
      let ramp = startRamp(tenth);
      return times(60, () => {
        ramp = addToRamp(tenth, ramp, drawn(random, rule, 5, { candidate: 0.051, baseline: 0.001 }));
        return (allowedStep(tenth, ramp) ?? 0) >= 10;
      }).some(Boolean);
    });

    expect(allowed.filter(Boolean).length / 300).toBeLessThanOrEqual(
      0.05 + 3 * Math.sqrt((0.05 * 0.95) / 300),
    );
  });
});
