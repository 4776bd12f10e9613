/** What the criteria of an experiment mean when requests are counted. */
import { describe, expect, test } from "vitest";
import type { Criterion } from "../../../../../steps/lib/experiment/schema.ts";
import { countedCriteria } from "../../../../../steps/lib/loop/sequential/criteria.ts";
import { allowedOf, titleOf } from "../../../../../steps/lib/loop/sequential/words.ts";
import type { CounterSelectors } from "../../../../../steps/lib/metrics/counter-selectors.ts";

const FAILURES: CounterSelectors = { kind: "ratio", requests: "all", bad: "failed" };
const LATENCY: CounterSelectors = { kind: "buckets", buckets: "times", unitMs: 1, toleranceUnitMs: 1 };
const IN_SECONDS: CounterSelectors = { ...LATENCY, toleranceUnitMs: 1000 };

function count(criterion: Omit<Criterion, "metricName">, selectors = FAILURES) {
  const metricName = selectors.kind === "ratio" ? "iter8_error_rate" : "iter8_latency";
  const counted = countedCriteria({ metricName, ...criterion }, selectors);
  return counted.kind === "problem" ? counted.problem : counted.criteria;
}

function inWords(criterion: Omit<Criterion, "metricName">, selectors = FAILURES) {
  const counted = count(criterion, selectors);
  return typeof counted === "string" ? counted : counted.map((one) => `${titleOf(one)}, ${allowedOf(one)}`);
}

describe("ours", () => {
  test("a limit on failures counts against the candidate only where the baseline keeps it", () => {
    expect(count({ limit: "1%" })).toEqual([
      {
        metric: "iter8_error_rate",
        unitMs: 1,
        measure: { kind: "bad" },
        claim: { ratio: 0, margin: 0.01 },
        orNoWorse: true,
      },
    ]);
  });

  test.each([
    [{ limit: "1%" }, FAILURES, ["errors, limit 1 %"]],
    [
      { limit: "1%", vsBaseline: { margin: "0.5%" } },
      FAILURES,
      ["errors, limit 1 %", "errors, baseline + 0.5 points"],
    ],
    [{ vsBaseline: { ratio: 1.2, margin: "0.1%" } }, FAILURES, ["errors, 1.2 x baseline + 0.1 points"]],
    [{ limit: "500ms", quantile: 0.99 }, LATENCY, ["slower than 500ms, limit 1 %"]],
    [{ limit: "0.5s", vsBaseline: { margin: "1%" } }, LATENCY, ["slower than 500ms, baseline + 1 point"]],
    [
      { limit: "500ms", quantile: 0.95, vsBaseline: { ratio: 1.5 } },
      LATENCY,
      ["slower than 500ms, limit 5 %", "slower than 500ms, 1.5 x baseline"],
    ],
    [{ vsBaseline: { margin: "1%" } }, LATENCY, ["slower at any bucket edge, baseline + 1 point"]],
    [{ vsBaseline: { ratio: 1.1 } }, LATENCY, ["mean latency, 1.1 x baseline"]],
    [{ vsBaseline: { ratio: 1.1, margin: "20ms" } }, LATENCY, ["mean latency, 1.1 x baseline + 20ms"]],
  ] as const)("%o", (criterion, selectors, words) => {
    expect(inWords(criterion, selectors)).toEqual(words);
  });
});

describe("Iter8's", () => {
  test.each([
    [{ toleranceType: "threshold", tolerance: 0.02 }, FAILURES, ["errors, limit 2 %"]],
    [{ toleranceType: "delta", tolerance: 0.1 }, FAILURES, ["errors, 1.1 x baseline"]],
    [{ toleranceType: "threshold", tolerance: 200 }, LATENCY, ["mean latency, limit 200ms"]],
    [{ toleranceType: "threshold", tolerance: 0.2 }, IN_SECONDS, ["mean latency, limit 200ms"]],
    [{ toleranceType: "delta", tolerance: 0.2 }, IN_SECONDS, ["mean latency, 1.2 x baseline"]],
  ] as const)("%o", (criterion, selectors, words) => {
    expect(inWords(criterion, selectors)).toEqual(words);
  });
});

describe("what cannot be counted says why and what to do", () => {
  test("a metric that only has queries", () => {
    const counted = countedCriteria({ metricName: "queue_length", limit: "1%" }, undefined);

    expect(counted).toEqual({
      kind: "problem",
      problem: expect.stringContaining("queue_length has no counters in the metrics ConfigMap"),
    });
  });

  test.each([
    [
      { limit: "500ms", quantile: 0.9 },
      FAILURES,
      "limit 500ms is a time, and iter8_error_rate is a share of requests",
    ],
    [{ vsBaseline: { margin: "5ms" } }, FAILURES, "margin 5ms is a time"],
    [
      { limit: "1%" },
      LATENCY,
      'limit 1% is a percentage, and iter8_latency is a time; write a duration such as "500ms"',
    ],
    [{ vsBaseline: { ratio: 2, margin: "1%" } }, LATENCY, "takes no ratio; leave one of them out"],
    [
      { toleranceType: "threshold", tolerance: 5 },
      FAILURES,
      "a share of requests between 0 and 1 (0.01 is 1 %)",
    ],
    [{ toleranceType: "threshold", tolerance: 0 }, LATENCY, "must be a time above 0"],
    [{ toleranceType: "delta", tolerance: -1 }, FAILURES, "allows the candidate nothing at all"],
  ] as const)("%o", (criterion, selectors, sentence) => {
    expect(count(criterion, selectors)).toContain(sentence);
  });
});
