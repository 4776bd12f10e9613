/** The fewest requests that any rule needs, against the table that was worked out by hand. */
import { describe, expect, test } from "vitest";
import { abortBound, promoteBound, wholePolls } from "../../bench/detection/bound.ts";
import { allowedBy, DEFAULT_CRITERIA } from "../../bench/detection/rules/criteria.ts";

const beside = (candidate: number) => ({ candidate, baseline: 0.001, share: 0.05 });

describe("requests to an abort, alpha 1 %", () => {
  test.each([
    [0.02, 1177, 459],
    [0.05, 111.5, 75.2],
    [0.2, 10.74, 9.78],
    [1, 1, 1.22],
  ])("with %d errors %d against a limit of 1 %, %d against baseline + 0.5 points", (share, limit, delta) => {
    expect(abortBound(beside(share), () => 0.01, 0.01) / limit).toBeCloseTo(1, 2);
    expect(abortBound(beside(share), (u) => u + 0.005, 0.01) / delta).toBeCloseTo(1, 2);
  });

  test("a candidate that is allowed is never aborted for good reason", () => {
    expect(abortBound(beside(0.005), (u) => u + 0.005, 0.01)).toBe(Number.POSITIVE_INFINITY);
  });

  test("more criteria never make it harder to see a violation", () => {
    const both = abortBound(beside(0.05), allowedBy(DEFAULT_CRITERIA, "errors"), 0.01);

    expect(both).toBeLessThanOrEqual(abortBound(beside(0.05), (u) => u + 0.005, 0.01) + 1e-6);
  });

  test("a limit that the baseline breaches, too, is no violation of a candidate that is no worse", () => {
    const outage = { candidate: 0.05, baseline: 0.05, share: 0.05 };

    expect(abortBound(outage, allowedBy(DEFAULT_CRITERIA, "errors"), 0.01)).toBe(Number.POSITIVE_INFINITY);
  });
});

test.each([
  [0, 298],
  [0.001, 445],
  [0.005, 1937],
])("requests to a promotion with %d errors against a limit of 1 %: %d", (share, requests) => {
  expect(promoteBound(beside(share), [() => 0.01], 0.05) / requests).toBeCloseTo(1, 2);
});

test("a promotion needs what the hardest criterion needs, and never comes for a candidate on a limit", () => {
  const [limit, delta] = [() => 0.01, (u: number) => u + 0.005];
  const alone = [limit, delta].map((allowed) => promoteBound(beside(0.001), [allowed], 0.05));

  expect(promoteBound(beside(0.001), [limit, delta], 0.05)).toBe(Math.max(...alone));
  expect(promoteBound(beside(0.01), [limit], 0.05)).toBe(Number.POSITIVE_INFINITY);
});

test("a bound is rounded up to whole polls", () => {
  expect([wholePolls(75, 25), wholePolls(76, 25), wholePolls(1, 250)]).toEqual([75, 100, 250]);
});
