/** Plans with one criterion and with ten of every kind. */
import { defaultExperiment, sequentialSettings } from "../../steps/lib/experiment/sequential.ts";
import type { SequentialPlan } from "../../steps/lib/loop/model.ts";
import type { CountedCriterion, Measure } from "../../steps/lib/loop/sequential/criteria.ts";
import { ERRORS, LATENCY } from "./pods.ts";

function criterion(metric: string, measure: Measure, ratio: number, margin: number): CountedCriterion {
  const orNoWorse = ratio === 0 && measure.kind !== "mean";
  return { metric, unitMs: 1, measure, claim: { ratio, margin }, orNoWorse };
}

const bad = (ratio: number, margin: number) => criterion(ERRORS, { kind: "bad" }, ratio, margin);
const slower = (limitMs: number, ratio: number, margin: number) =>
  criterion(LATENCY, { kind: "slower", limitMs }, ratio, margin);

const TEN = [
  bad(0, 0.01),
  bad(1, 0.005),
  bad(1.2, 0),
  slower(1000, 0, 0.01),
  slower(100, 1, 0.01),
  slower(250, 1, 0.01),
  slower(500, 1, 0.01),
  criterion(LATENCY, { kind: "edges" }, 1, 0.01),
  criterion(LATENCY, { kind: "mean" }, 1.1, 0),
  criterion(LATENCY, { kind: "mean" }, 0, 300),
];

/** The first `count` of ten criteria; the rest as in the default experiment. */
export function planOf(count: number): SequentialPlan {
  const selectors = {
    [ERRORS]: { kind: "ratio", requests: "", bad: "" },
    [LATENCY]: { kind: "buckets", buckets: "", unitMs: 1, toleranceUnitMs: 1 },
  } as const;
  return {
    ...sequentialSettings(defaultExperiment().trafficControl),
    criteria: TEN.slice(0, count),
    selectors,
  };
}
