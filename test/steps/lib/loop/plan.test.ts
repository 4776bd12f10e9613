import { expect, test } from "vitest";
import { type Experiment, experiment } from "../../../../steps/lib/experiment/schema.ts";
import { planOf } from "../../../../steps/lib/loop/plan.ts";

const OPTIONS = { onInconclusive: "rollback", maxDurationMs: 1, drainMs: 2 } as const;

function experimentWith(spec: object): Experiment {
  return experiment.parse({
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: { name: "web-2", namespace: "shop" },
    spec: { targetService: { name: "web", baseline: "web-1", candidate: "web-2" }, ...spec },
    metrics: {
      errors: { query_template: "", sample_size_template: "", is_counter: true, absent_value: "0" },
      latency: { query_template: "", sample_size_template: "", is_counter: false, absent_value: "None" },
    },
  });
}

test("an Experiment as the loop needs it", () => {
  const criterion = { metricName: "errors", toleranceType: "threshold", tolerance: 3 };
  const plan = planOf(
    experimentWith({
      trafficControl: { interval: "1m30s", onSuccess: "baseline" },
      analysis: { successCriteria: [criterion] },
    }),
    OPTIONS,
  );

  expect(plan).toMatchObject({
    service: "web",
    namespace: "shop",
    baseline: "web-1",
    candidate: "web-2",
    strategy: "check_and_increment",
    intervalMs: 90_000,
    maxIterations: 100,
    maxWeight: 50,
    stepSize: 2,
    onSuccess: "baseline",
    counters: new Set(["errors"]),
    ...OPTIONS,
  });
});

test("without criteria there is nothing to check, whatever the strategy", () => {
  expect(planOf(experimentWith({}), OPTIONS).strategy).toBe("increment_without_check");
});

test("without a baseline it is a first deployment", () => {
  const first = experimentWith({ targetService: { name: "web", baseline: "", candidate: "web-2" } });

  expect(planOf(first, OPTIONS).baseline).toBeUndefined();
});
