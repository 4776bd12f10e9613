/** What each kind of criterion counts as evidence, for and against a candidate. */
import { describe, expect, test } from "vitest";
import { withBounds } from "../../../../../steps/lib/loop/evidence/bound.ts";
import type {
  CriterionCounts,
  EvidenceCriterion,
  Poll,
  Rule,
  Tally,
} from "../../../../../steps/lib/loop/evidence/model.ts";
import { standing } from "../../../../../steps/lib/loop/evidence/standing.ts";
import {
  counted,
  delta,
  limit,
  pollsUntil,
  pollWith,
  ruleWith,
  share,
  standingAfter,
  tally,
  times,
  weighed,
} from "./run.ts";

const NOTHING = tally([0, 0], [0, 0]);
const about = (criterion: EvidenceCriterion, change: Partial<Rule> = {}) =>
  ruleWith({ criteria: [criterion], ...change });
const poll = (counts: CriterionCounts | undefined, requests: Tally = NOTHING): Poll => ({
  weight: 10,
  requests,
  criteria: [counts],
});
const only = (rule: Rule, polls: readonly Poll[]) => {
  const [own] = standingAfter(rule, polls).criteria;
  if (own === undefined) throw new Error("the rule has no criterion");
  return own;
};

describe("a limit on the share of bad requests", () => {
  const rule = about(limit);

  test("with a candidate that fails 5 % of its requests is refuted, and nothing speaks for it", () => {
    const own = only(
      rule,
      times(10, () => pollWith(rule, 10, tally([5, 100], [1, 900]))),
    );

    expect(own.withoutWorst).toBeGreaterThan(1e6);
    expect(own.for).toBeLessThan(1e-5);
    expect(own.tally).toEqual(tally([50, 1000], [10, 9000]));
  });

  test("with one that fails 0.1 % is earned, and nothing speaks against it", () => {
    const own = only(
      rule,
      times(10, () => pollWith(rule, 10, tally([0.1, 100], [1, 900]))),
    );

    expect(own.for).toBeGreaterThan(100);
    expect(own.against).toBeLessThan(1);
  });

  test("that the baseline breaches as well is held against nobody, and said to be", () => {
    const own = only(
      rule,
      times(50, () => pollWith(rule, 10, tally([5, 100], [45, 900]))),
    );

    expect(own).toMatchObject({ bothOver: true });
    expect(own.against).toBeLessThan(1);
    expect(own.for).toBeLessThan(1);
  });

  test("that the candidate breaches far more than the baseline is the candidate's fault all the same", () => {
    const own = only(
      rule,
      times(10, () => pollWith(rule, 10, tally([60, 100], [45, 900]))),
    );

    expect(own).toMatchObject({ bothOver: false });
    expect(own.withoutWorst).toBeGreaterThan(100);
  });

  test("without `orNoWorse` is the candidate's fault whatever the baseline does", () => {
    const alone = about(share({ margin: 0.01 }));
    const own = only(
      alone,
      times(50, () => pollWith(alone, 10, tally([5, 100], [45, 900]))),
    );

    expect(own).toMatchObject({ bothOver: false });
    expect(own.withoutWorst).toBeGreaterThan(100);
  });

  test("between two bucket edges is judged on the one that is safe: slower ones against, more of them for", () => {
    // 2 % are slower than the edge below the limit, nobody is slower than the edge above it.
    const edges: CriterionCounts = {
      kind: "share",
      abort: tally([0, 1000], [0, 9000]),
      promote: tally([20, 1000], [180, 9000]),
    };
    const own = only(
      rule,
      times(10, () => poll(edges)),
    );

    expect(own.against).toBeLessThan(1);
    expect(own.for).toBeLessThan(1);
  });
});

describe("a margin over the baseline", () => {
  const rule = about(delta);

  test("is kept by a candidate that is like its baseline, however bad both are", () => {
    for (const failing of [0, 0.001, 0.1, 0.5, 0.95, 1]) {
      const wide = about(share({ ratio: 1, margin: 0.03 }));
      const same = pollWith(wide, 50, tally([500 * failing, 500], [500 * failing, 500]));
      const polls = pollsUntil(
        wide,
        () => same,
        ({ promote }) => promote,
        60,
      );

      expect(polls, `${failing} of both fail`).toBeDefined();
    }
  });

  test("needs a baseline: without its requests the candidate's wait for the next poll", () => {
    const before = tally([0, 100], [1, 900]);
    const apart = [before, tally([9, 100], [0, 0]), tally([1, 50], [1, 900])];
    const together = [before, tally([10, 150], [1, 900])];
    const [first, second] = [apart, together].map((all) =>
      only(
        rule,
        all.map((errors) => poll(counted(errors))),
      ),
    );

    expect(only(rule, [poll(counted(tally([9, 100], [0, 0])))])).toMatchObject({
      against: expect.closeTo(1, 9),
      for: expect.closeTo(1, 9),
    });
    expect(first?.against).toBeCloseTo(second?.against ?? Number.NaN, 9);
    expect(first?.for).toBeCloseTo(second?.for ?? Number.NaN, 9);
  });

  test("while a limit does not wait for a baseline", () => {
    const alone = about(share({ margin: 0.01 }));

    expect(only(alone, [poll(counted(tally([9, 100], [0, 0])))]).against).toBeGreaterThan(1e4);
  });

  test("and a limit that excuses what the baseline does waits with the excuse", () => {
    const own = only(
      about(limit),
      times(3, () => poll(counted(tally([50, 100], [0, 0])))),
    );

    expect(own).toMatchObject({ against: expect.closeTo(1, 9), bothOver: false });
  });
});

describe("not slower at any bucket edge", () => {
  const rule = about({ kind: "edges", name: "slower", claim: { ratio: 1, margin: 0.01 } });
  /** Of 100 requests to the candidate and 900 to the baseline, those beyond each of three edges. */
  const beyond = (...numbers: readonly (readonly [own: number, others: number])[]) =>
    poll({ kind: "edges", edges: numbers.map(([own, others]) => tally([own, 100], [others, 900])) });

  test("is refuted by one edge, at a price for looking at all of them", () => {
    const own = only(
      rule,
      times(6, () => beyond([90, 810], [60, 270], [1, 9])),
    );
    const alone = only(
      rule,
      times(6, () => beyond([60, 270])),
    );

    expect(own.tally).toEqual(tally([360, 600], [1620, 5400]));
    expect(own.withoutWorst).toBeGreaterThan(100);
    expect(own.against / (alone.against / 3)).toBeCloseTo(1, 2);
  });

  test("is earned when it is at every edge: also where everybody and where nobody is", () => {
    const same = beyond([100, 900], [5, 45], [0, 0]);
    const better = beyond([100, 900], [0, 450], [0, 0]);

    expect(
      only(
        rule,
        times(3, () => same),
      ).for,
    ).toBeLessThan(20);
    expect(
      only(
        rule,
        times(3, () => better),
      ).for,
    ).toBeLessThan(20);
    expect(
      only(
        rule,
        times(60, () => better),
      ).for,
    ).toBeGreaterThan(20);
    expect(
      only(
        rule,
        times(60, () => beyond([100, 900], [30, 45], [0, 0])),
      ).for,
    ).toBeLessThan(1e-3);
  });

  test("says nothing before the first poll", () => {
    expect(only(rule, [])).toMatchObject({ against: 1, withoutWorst: 1, for: 1 });
  });
});

describe("a mean", () => {
  const EDGES = [50, 100, 250, 500, 1000, 60_000];
  const mean = (ratio: number, margin: number): EvidenceCriterion => ({
    kind: "mean",
    name: "latency",
    claim: { ratio, margin },
    edges: EDGES,
  });
  /** Per bucket, of 100 requests; the baseline has nine times as many. */
  const ordinary = [20, 40, 30, 8, 2, 0, 0];
  const slower = [5, 20, 40, 25, 10, 0, 0];
  const buckets = (candidate: readonly number[], baseline = ordinary) =>
    poll({ kind: "mean", candidate, baseline: baseline.map((count) => 9 * count) });

  test.each<readonly [string, EvidenceCriterion, readonly number[], "refuted" | "earned" | "open"]>([
    ["at most 1.2 x the baseline's, the same", mean(1.2, 0), ordinary, "earned"],
    ["at most 1.2 x the baseline's, half as much more", mean(1.2, 0), slower, "refuted"],
    ["at most 100 ms more than the baseline's, 80 ms more", mean(1, 200), slower, "earned"],
    ["at most 10 ms more than the baseline's, 80 ms more", mean(1, 10), slower, "refuted"],
    ["at most 400 ms", mean(0, 400), ordinary, "earned"],
    // Lower edges add up to 163 ms, upper edges to 358 ms.
    ["at most 150 ms, between 163 and 358 ms", mean(0, 150), slower, "refuted"],
    ["at most 200 ms, between 163 and 358 ms", mean(0, 200), slower, "open"],
    ["at most 500 ms, between 163 and 358 ms", mean(0, 500), slower, "earned"],
    ["above everything that is measured", mean(0, 60_000), slower, "open"],
  ])("%s", (_what, criterion, candidate, expected) => {
    const own = only(
      about(criterion),
      times(60, () => buckets(candidate)),
    );
    const found = own.withoutWorst >= 100 ? "refuted" : own.for >= 20 ? "earned" : "open";

    expect(found).toBe(expected);
  });

  test("is not earned by a candidate with a few answers that take a minute, although most are fast", () => {
    const tail = [20, 40, 30, 8, 0, 0, 2];
    const own = only(
      about(mean(1.5, 0)),
      times(60, () => buckets(tail)),
    );

    expect(own.withoutWorst).toBeGreaterThan(100);
  });

  test("in the first poll there is no baseline to compare with: nothing is bet", () => {
    expect(only(about(mean(1.2, 0)), [buckets(slower)])).toMatchObject({
      against: expect.closeTo(1, 9),
      tally: undefined,
    });
  });
});

test("a poll that does not count for a criterion changes nothing for it", () => {
  const rule = about(delta);
  const bad = pollWith(rule, 10, tally([5, 100], [1, 900]));

  expect(only(rule, [bad, poll(undefined), bad])).toEqual(only(rule, [bad, bad]));
});

test("counts of another kind are refused, naming the criterion", () => {
  const rule = about(delta);

  expect(() => weighed(rule, [poll({ kind: "edges", edges: [] })])).toThrow(
    "criterion errors counts share and was given edges",
  );
});

describe("the bound that a reader sees", () => {
  const boundAfter = (rule: Rule, polls: readonly Poll[]) => {
    const evidence = weighed(rule, polls);
    return withBounds(rule, evidence, standing(rule, evidence)).criteria[0]?.bound;
  };

  /** The average likelihood ratio of the shares that are bet on to the limit. */
  const oddsFor = (bad: number, requests: number, limit: number) => {
    const ratios = [0, 0.1, 0.25, 0.5, 0.75].map((g) => {
      const share = (g * limit) / (1 - limit + g * limit);
      return (share / limit) ** bad * ((1 - share) / (1 - limit)) ** (requests - bad);
    });
    return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  };

  test.each([
    [0, 1],
    [0, 300],
    [3, 300],
    [150, 300],
    [30, 3000],
  ])("with %d bad of %d is where the odds for the limit reach 20", (bad, requests) => {
    const bound = boundAfter(about(limit), [poll(counted(tally([bad, requests], [0, 1000])))]) ?? 0;

    expect(oddsFor(bad, requests, bound)).toBeGreaterThanOrEqual(20);
    expect(oddsFor(bad, requests, bound / 1.002)).toBeLessThan(20);
  });

  test.each([
    [0, 0],
    [1, 1],
    [50, 50],
  ])("with %d bad of %d there is none", (bad, requests) => {
    expect(boundAfter(about(limit), [poll(counted(tally([bad, requests], [0, 1000])))])).toBeUndefined();
  });

  test("is near the limit when the limit has just been earned", () => {
    const rule = about(share({ margin: 0.01 }));
    const clean = pollWith(rule, 10, tally([0, 10], [0, 90]));
    const polls =
      pollsUntil(
        rule,
        () => clean,
        ({ promote }) => promote,
      ) ?? 0;

    expect(
      boundAfter(
        rule,
        times(polls, () => clean),
      ),
    ).toBeCloseTo(0.01, 3);
  });

  test("of a mean is in its unit, and above the mean of the upper edges", () => {
    const rule = about({
      kind: "mean",
      name: "latency",
      claim: { ratio: 0, margin: 300 },
      edges: [100, 200, 1000],
    });
    const half = poll({ kind: "mean", candidate: [500, 500, 0, 0], baseline: [0, 0, 0, 0] });

    expect(boundAfter(rule, [half])).toBeGreaterThan(150);
    expect(boundAfter(rule, [half])).toBeLessThan(200);
  });
});
