/** The benchmark measures what the product does by default. */
import { expect, test } from "vitest";
import { DEFAULT_CRITERIA } from "../../bench/detection/rules/criteria.ts";
import { DEADLINE_MS, STEPS } from "../../bench/detection/rules/rule.ts";
import { SLOW_MS } from "../../bench/detection/world.ts";
import { defaultExperiment, sequentialSettings } from "../../steps/lib/experiment/sequential.ts";
import { countedCriteria } from "../../steps/lib/loop/sequential/criteria.ts";
import type { CounterSelectors } from "../../steps/lib/metrics/counter-selectors.ts";

const COUNTERS: Readonly<Record<string, CounterSelectors>> = {
  iter8_error_rate: { kind: "ratio", requests: "", bad: "" },
  iter8_latency: { kind: "buckets", buckets: "", unitMs: 1, toleranceUnitMs: 1 },
};

test("the criteria are those of the default experiment, in its order", () => {
  const ofProduct = defaultExperiment().analysis?.successCriteria?.flatMap((criterion) => {
    const counted = countedCriteria(criterion, COUNTERS[criterion.metricName]);
    return counted.kind === "criteria" ? counted.criteria : [];
  });

  expect(
    ofProduct?.map(({ measure, claim, orNoWorse }) => ({
      bad: measure.kind === "bad" ? "errors" : measure.kind === "slower" ? measure.limitMs : measure.kind,
      claim,
      orNoWorse,
    })),
  ).toEqual(
    DEFAULT_CRITERIA.map(({ bad, criterion }) => ({
      bad: bad === "slow" ? SLOW_MS : bad,
      claim: criterion.claim,
      orNoWorse: criterion.kind === "share" && criterion.orNoWorse,
    })),
  );
});

test("so are the weights and the deadline", () => {
  const { steps, deadlineMs } = sequentialSettings(defaultExperiment().trafficControl);

  expect([steps, deadlineMs]).toEqual([STEPS, DEADLINE_MS]);
});
