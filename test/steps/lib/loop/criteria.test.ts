/** What one criterion says of one check: the verdict, Iter8's own booleans and sentences, and the arithmetic. */
import { describe, expect, test } from "vitest";
import type { ToleranceCriterion } from "../../../../steps/lib/experiment/criterion.ts";
import { type CriterionResult, judge } from "../../../../steps/lib/loop/criteria.ts";

const threshold: ToleranceCriterion = {
  metricName: "iter8_latency",
  toleranceType: "threshold",
  tolerance: 200,
  sampleSize: 10,
  stopOnFailure: false,
};
const delta: ToleranceCriterion = { ...threshold, toleranceType: "delta", tolerance: 0.5 };

type Numbers = readonly [value: number | undefined, requests: number];

interface Case {
  readonly criterion?: ToleranceCriterion;
  readonly counter?: boolean;
  readonly candidate: Numbers;
  readonly baseline?: Numbers;
}

function result({
  criterion = threshold,
  counter = false,
  candidate,
  baseline = [100, 50],
}: Case): CriterionResult {
  const reading = ([value, sampleSize]: Numbers) => ({ value, sampleSize });
  return judge(criterion, { candidate: reading(candidate), baseline: reading(baseline) }, counter);
}

describe("the verdict", () => {
  const table: readonly (readonly [string, Case, CriterionResult["verdict"], string])[] = [
    [
      "at the threshold",
      { candidate: [200, 10] },
      "satisfied",
      "iter8_latency 200 is at most 200 over 10 requests; baseline 100 over 50 requests",
    ],
    [
      "beyond the threshold",
      { candidate: [200.1, 10] },
      "violated",
      "iter8_latency 200.1 exceeds 200 over 10 requests; baseline 100 over 50 requests",
    ],
    [
      "beyond it, as the baseline is",
      { candidate: [300, 10], baseline: [250, 50] },
      "both-violate",
      "iter8_latency 300 exceeds 200 over 10 requests; baseline 250 over 50 requests",
    ],
    [
      "beyond it, the baseline has too few requests to say the same",
      { candidate: [300, 10], baseline: [250, 9] },
      "violated",
      "iter8_latency 300 exceeds 200 over 10 requests; baseline 250 over 9 requests",
    ],
    [
      "too few requests, however good",
      { candidate: [1, 9.9] },
      "undecided",
      "iter8_latency: 9 of the 10 requests that the candidate needs",
    ],
    [
      "no requests",
      { candidate: [undefined, 0] },
      "no-data",
      "iter8_latency: no requests to the candidate yet",
    ],
    [
      "no requests, although none are asked for and absent ones count as 0",
      { criterion: { ...threshold, sampleSize: 0 }, candidate: [0, 0] },
      "no-data",
      "iter8_latency: no requests to the candidate yet",
    ],
    [
      "requests without a value",
      { candidate: [undefined, 10] },
      "no-data",
      "iter8_latency: no value for the candidate",
    ],
    [
      "a baseline without requests does not matter to a threshold",
      { candidate: [100, 10], baseline: [undefined, 0] },
      "satisfied",
      "iter8_latency 100 is at most 200 over 10 requests; baseline no value over 0 requests",
    ],
    [
      "within the delta",
      { criterion: delta, candidate: [150, 10] },
      "satisfied",
      "iter8_latency 150 is at most 150 (baseline 100 + 50 %) over 10 requests; baseline 100 over 50 requests",
    ],
    [
      "beyond the delta",
      { criterion: delta, candidate: [151, 1000], baseline: [100, 1000] },
      "violated",
      "iter8_latency 151 exceeds 150 (baseline 100 + 50 %) over 1000 requests; baseline 100 over 1000 requests",
    ],
    [
      "a delta below the baseline",
      { criterion: { ...delta, tolerance: -0.25 }, candidate: [75, 10] },
      "satisfied",
      "iter8_latency 75 is at most 75 (baseline 100 - 25 %) over 10 requests; baseline 100 over 50 requests",
    ],
    [
      "any error, where the baseline has none",
      { criterion: delta, candidate: [0.001, 10], baseline: [0, 50] },
      "violated",
      "iter8_latency 0.001 exceeds 0 (baseline 0 + 50 %) over 10 requests; baseline 0 over 50 requests",
    ],
    [
      "a delta to a baseline with too few requests",
      { criterion: delta, candidate: [100, 10], baseline: [100, 1] },
      "undecided",
      "iter8_latency: 1 of the 10 requests that the baseline needs",
    ],
    [
      "a delta to a baseline without requests",
      { criterion: delta, candidate: [100, 10], baseline: [undefined, 0] },
      "no-data",
      "iter8_latency: no requests to the baseline yet",
    ],
    [
      "a delta to a baseline without a value",
      { criterion: delta, candidate: [100, 10], baseline: [undefined, 50] },
      "no-data",
      "iter8_latency: no value for the baseline",
    ],
    [
      "one request",
      { criterion: { ...threshold, sampleSize: 1 }, candidate: [20, 1], baseline: [20, 1] },
      "satisfied",
      "iter8_latency 20 is at most 200 over 1 request; baseline 20 over 1 request",
    ],
  ];

  test.each(table)("%s", (_what, given, verdict, sentence) => {
    const { met, abort, ...rest } = result(given);

    expect(rest).toMatchObject({ verdict, sentence });
    expect({ met, abort }).toEqual({ met: verdict === "satisfied", abort: false });
  });
});

describe("whether it aborts", () => {
  const stopping = { ...threshold, stopOnFailure: true };
  test.each<readonly [string, Case, boolean]>([
    ["stopOnFailure, violated", { criterion: stopping, candidate: [300, 10] }, true],
    ["stopOnFailure, both violate", { criterion: stopping, candidate: [300, 10], baseline: [300, 10] }, true],
    ["stopOnFailure, met", { criterion: stopping, candidate: [100, 10] }, false],
    ["stopOnFailure, too few requests", { criterion: stopping, candidate: [300, 9] }, false],
    // Iter8 aborted here: sampleSize 0 and nobody had called the candidate yet.
    [
      "stopOnFailure, no data",
      { criterion: { ...stopping, sampleSize: 0 }, candidate: [undefined, 0] },
      false,
    ],
    ["counter, violated", { counter: true, candidate: [300, 10] }, true],
    ["counter, met", { counter: true, candidate: [100, 10] }, false],
  ])("%s: %s", (_what, given, abort) => {
    expect(result(given).abort).toBe(abort);
  });
});

describe("Iter8's sentences, letter by letter", () => {
  test.each<readonly [string, Case, readonly string[]]>([
    ["met", { candidate: [100, 10] }, ["iter8_latency of the candidate (100) is within threshold 200 . "]],
    [
      "not met",
      { candidate: [300, 10] },
      ["iter8_latency of the candidate (300) is not within threshold 200 . "],
    ],
    [
      "delta met",
      { criterion: delta, candidate: [100, 10] },
      ["iter8_latency of the candidate (100) is within delta 0.5 of the baseline (100). "],
    ],
    [
      "delta not met",
      { criterion: delta, candidate: [300, 10] },
      ["iter8_latency of the candidate (300) is not within delta 0.5 of the baseline (100). "],
    ],
    ["too few", { candidate: [100, 9] }, ["Insufficient sample size. "]],
    [
      "a counter beyond its limit",
      { counter: true, candidate: [300, 10] },
      [
        "iter8_latency of the candidate (300) is not within threshold 200 . ",
        "Counter Metric exceeded threshold value. Aborting experiment.",
      ],
    ],
  ])("%s", (_what, given, conclusions) => {
    expect(result(given).conclusions).toEqual(conclusions);
  });
});
