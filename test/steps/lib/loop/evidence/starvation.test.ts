/** A candidate that answers nothing has no errors; its share of the answers gives it away, but only where the mesh follows. */
import { describe, expect, test } from "vitest";
import type { Poll } from "../../../../../steps/lib/loop/evidence/model.ts";
import { expectedWeight, nothingSeen, observe } from "../../../../../steps/lib/loop/evidence/split.ts";
import { binomial, seeded } from "./draws.ts";
import { pollWith, ruleWith, standingAfter, tally, times } from "./run.ts";

const rule = ruleWith();

/** 500 requests without errors; the mesh gives the candidate `share` percent, and it answers a part of that. */
const polls = (count: number, weight: number, share = weight, answered = 1, requests = 500): Poll[] =>
  times(count, () => {
    const own = Math.round((requests * share) / 100);
    return pollWith(rule, weight, tally([0, own * answered], [0, requests - own]));
  });

describe("a candidate that", () => {
  test("never answers is aborted after three polls", () => {
    const standings = [1, 2, 3].map((count) => standingAfter(rule, polls(count, 2, 2, 0)));

    expect(standings.map(({ abort }) => abort)).toEqual([undefined, undefined, { by: "starvation" }]);
    expect(standings[2]?.starvation).toMatchObject({ candidate: 0, baseline: 1470, reached: false });
  });

  test("stops answering in the middle of a run is aborted after two polls at 20 %", () => {
    const fine = polls(60, 20);

    expect(standingAfter(rule, fine).abort).toBeUndefined();
    expect(standingAfter(rule, [...fine, ...polls(2, 20, 20, 0)])).toMatchObject({
      abort: { by: "starvation" },
      starvation: { reached: true },
    });
  });

  test("stops answering when it gets more is aborted too, measured by what it had before", () => {
    expect(standingAfter(rule, [...polls(20, 20), ...polls(2, 50, 50, 0)]).abort).toEqual({
      by: "starvation",
    });
  });

  test("answers a third of its share is aborted, one that answers 60 % is not", () => {
    expect(standingAfter(rule, polls(20, 20, 20, 1 / 3)).abort).toEqual({ by: "starvation" });
    expect(standingAfter(rule, polls(200, 20, 20, 0.6)).starvation.against).toBeLessThan(1);
  });

  test("answers everything at every weight has nothing against it", () => {
    const run = [2, 5, 10, 20, 50].flatMap((weight) => polls(20, weight));

    expect(standingAfter(rule, run)).toMatchObject({ abort: undefined, starvation: { reached: true } });
    expect(standingAfter(rule, run).starvation.against).toBeLessThan(1);
  });
});

describe("a mesh that", () => {
  test("stays at 20 % when the route says 50 % is not the candidate's fault", () => {
    const frozen = standingAfter(rule, [...polls(20, 20), ...polls(300, 50, 20)]);

    expect(frozen.abort).toBeUndefined();
    expect(frozen.starvation.against).toBeLessThan(1);
  });

  test("follows two minutes late is believed from then on", () => {
    const late = [...polls(20, 20), ...polls(24, 50, 20), ...polls(10, 50)];

    // 15 % are more than half of 20 %, and less than half of 50 %.
    expect(standingAfter(rule, [...late, ...polls(20, 50, 15)]).abort).toEqual({ by: "starvation" });
    expect(standingAfter(rule, [...polls(20, 20), ...polls(44, 50, 15)]).abort).toBeUndefined();
  });

  test("never gives the candidate anything looks like a candidate that hangs, and `reached` says that it may be either", () => {
    expect(standingAfter(rule, polls(5, 5, 0))).toMatchObject({
      abort: { by: "starvation" },
      starvation: { reached: false },
    });
  });
});

test("one poll without an answer does not abort, however many requests it had", () => {
  const run = [...polls(30, 20), ...polls(1, 20, 20, 0, 100_000), ...polls(1, 20)];

  expect(standingAfter(rule, run).starvation.against).toBeGreaterThan(1000);
  expect(standingAfter(rule, run).abort).toBeUndefined();
});

describe("the split", () => {
  const seen = (...numbers: readonly (readonly [weight: number, own: number, others: number])[]) =>
    numbers.reduce(
      (split, [weight, own, others]) => observe(split, weight, tally([0, own], [0, others])),
      nothingSeen,
    );

  test.each<readonly [string, readonly (readonly [number, number, number])[], number | undefined]>([
    ["nothing", [], undefined],
    ["what the route says", [[5, 25, 475]], 5],
    ["midway from nothing", [[5, 13, 487]], 5],
    ["less than midway", [[5, 12, 488]], undefined],
    ["too few requests to tell", [[5, 2, 8]], undefined],
    ["few requests, poll after poll", times(10, () => [5, 2, 8] as const), 5],
    [
      "5 % and then 10 %",
      [
        [5, 25, 475],
        [10, 200, 1800],
      ],
      10,
    ],
    [
      "5 % and then 10 %, but too few to be sure",
      [
        [5, 25, 475],
        [10, 50, 450],
      ],
      5,
    ],
    [
      "20 % where the route says 50 %",
      [
        [20, 100, 400],
        [50, 100, 400],
      ],
      20,
    ],
    [
      "35 % where the route says 50 %",
      [
        [20, 100, 400],
        [50, 350, 650],
      ],
      50,
    ],
    [
      "50 %, and less later",
      [
        [50, 250, 250],
        [20, 20, 480],
        [50, 100, 400],
      ],
      50,
    ],
  ])("after %s", (_what, numbers, reached) => {
    expect(seen(...numbers).reached).toBe(reached);
  });

  test.each([
    ["the route's own weight while nothing was reached", 5, nothingSeen, 5],
    ["the weight reached, while the mesh is on its way to a higher one", 50, seen([20, 100, 400]), 20],
    ["a lower weight of the route", 10, seen([20, 100, 400]), 10],
  ])("the candidate is expected to have %s", (_what, weight, split, expected) => {
    expect(expectedWeight(split, weight)).toBe(expected);
  });

  test("chance does not take a frozen mesh to the next weight, not once in 120,000 polls", () => {
    const random = seeded(3);
    const reached = times(1000, () => {
      let split = seen([20, 100, 400]);
      for (let poll = 0; poll < 120; poll += 1) {
        const own = binomial(random, 200, 0.2);
        split = observe(split, 50, tally([0, own], [0, 200 - own]));
      }
      return split.reached;
    });

    expect(reached.filter((weight) => weight !== 20)).toEqual([]);
  });
});
