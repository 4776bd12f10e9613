/** One check of all criteria: what Iter8 concludes, remembers, and writes into `status.assessment`. */
import { describe, expect, test } from "vitest";
import type { ToleranceCriterion } from "../../../../steps/lib/experiment/criterion.ts";
import { assess, assessmentRecord } from "../../../../steps/lib/loop/assessment.ts";
import { checkAndIncrement } from "../../../../steps/lib/loop/strategies/check-and-increment.ts";
import { latency } from "./run.ts";

type Numbers = readonly [value: number | undefined, requests: number];

const measured = (candidate: Numbers, baseline: Numbers) => {
  const reading = ([value, sampleSize]: Numbers) => ({ value, sampleSize });
  return new Map([["iter8_latency", { candidate: reading(candidate), baseline: reading(baseline) }]]);
};
const remembered = (baseline: (number | null)[], candidate: (number | null)[]) => ({
  baseline: { success_criterion_information: [baseline] },
  candidate: { success_criterion_information: [candidate] },
});

test("upstream's own vector: 75/25, step 2, a delta that is met -> 73/27", () => {
  const criterion: ToleranceCriterion = {
    ...latency,
    toleranceType: "delta",
    tolerance: 0.02,
    sampleSize: 10,
  };

  const assessment = assess(
    [criterion],
    new Set(),
    measured([19.677, 19], [21.764, 21]),
    remembered([0, 0], [0, 0]),
    false,
  );
  const weight = checkAndIncrement.next({
    first: false,
    allMet: assessment.allMet,
    changed: assessment.changed,
    weight: 25,
    stepSize: 2,
    maxWeight: 50,
  });

  expect(weight).toBe(27);
  expect(assessment.remembered).toEqual(remembered([21, 21.764], [19, 19.677]));
});

describe("whether anything changed since the last check", () => {
  const before = remembered([20, 100], [10, 60]);
  test.each<readonly [string, Numbers, Numbers, boolean]>([
    ["the same numbers", [60, 10], [100, 20], false],
    ["a part of a request more", [60, 10.9], [100, 20.9], false],
    ["a request more to the candidate", [60, 11], [100, 20], true],
    ["a request more to the baseline", [60, 10], [100, 21], true],
    ["another value", [61, 10], [100, 20], true],
    ["no value any more", [undefined, 10], [100, 20], true],
    ["fewer requests and the same value", [60, 9], [100, 20], false],
  ])("%s: %s and %s", (_what, candidate, baseline, changed) => {
    expect(assess([latency], new Set(), measured(candidate, baseline), before, false).changed).toBe(changed);
  });

  test("only the pair that changed is remembered anew", () => {
    const { remembered: after } = assess(
      [latency],
      new Set(),
      measured([60, 10.9], [101, 20]),
      before,
      false,
    );

    expect(after).toEqual(remembered([20, 101], [10, 60]));
  });

  test("the first check always counts as a change", () => {
    expect(assess([latency], new Set(), measured([60, 10], [100, 20]), before, true).changed).toBe(true);
  });

  test("no value is remembered as null, and is no change while it stays away", () => {
    const first = assess([latency], new Set(), measured([undefined, 0], [100, 20]), {}, true);

    expect(first.remembered).toEqual(remembered([20, 100], [0, null]));
    expect(
      assess([latency], new Set(), measured([undefined, 0], [100, 20]), first.remembered, false).changed,
    ).toBe(false);
  });
});

describe("Iter8's summary", () => {
  const NONE = {};
  test.each<readonly [string, Numbers, Numbers, boolean, readonly string[]]>([
    ["the first check", [300, 10], [100, 20], true, ["Experiment started"]],
    // Two spaces: scripts compare the string.
    ["met", [60, 10], [100, 20], false, ["All success criteria were  met"]],
    ["not met", [300, 10], [100, 20], false, ["All success criteria were not met"]],
    [
      "not met by the baseline either",
      [300, 10],
      [300, 20],
      false,
      ["All success criteria were not met", "The baseline version did not meet success criteria"],
    ],
  ])("%s", (_what, candidate, baseline, first, conclusions) => {
    const assessment = assess([latency], new Set(), measured(candidate, baseline), NONE, first);

    expect(assessment.conclusions).toEqual(conclusions);
  });

  test("a breach on the very first check aborts as well", () => {
    const stopping = { ...latency, stopOnFailure: true };
    const assessment = assess([stopping], new Set(), measured([300, 10], [100, 20]), NONE, true);

    expect(assessment).toMatchObject({ abort: true, conclusions: ["Experiment started"] });
  });
});

test("status.assessment is Iter8's, without the summary's booleans that are false, and with our verdict", () => {
  const errors: ToleranceCriterion = { ...latency, metricName: "iter8_error_rate", tolerance: 0.02 };
  const assessment = assess(
    [latency, errors],
    new Set(),
    measured([60, 10], [100, 20]),
    remembered([0, 0], [0, 0]),
    false,
  );

  expect(assessmentRecord(assessment)).toEqual({
    conclusions: ["All success criteria were not met"],
    success_criteria: [
      {
        metric_name: "iter8_latency",
        conclusions: ["iter8_latency of the candidate (60) is within threshold 200 . "],
        success_criterion_met: true,
        abort_experiment: false,
        verdict: "satisfied",
      },
      {
        metric_name: "iter8_error_rate",
        conclusions: ["Insufficient sample size. "],
        success_criterion_met: false,
        abort_experiment: false,
        verdict: "no-data",
      },
    ],
  });
});
