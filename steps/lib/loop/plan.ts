import { toleranceOf } from "../experiment/criterion.ts";
import { parseDuration } from "../experiment/duration.ts";
import type { Experiment } from "../experiment/schema.ts";
import { sequentialSettings } from "../experiment/sequential.ts";
import type { Plan, SequentialPlan } from "./model.ts";
import { countedCriteria } from "./sequential/criteria.ts";
import { selectorsOf } from "./sequential/selectors.ts";

export interface PlanOptions {
  readonly onInconclusive: Plan["onInconclusive"];
  readonly maxDurationMs: number;
  readonly drainMs: number;
}

/** The plan of an experiment that create-experiment has checked; an experiment without a baseline is a first deployment. */
export function planOf(experiment: Experiment, options: PlanOptions): Plan {
  const { targetService, trafficControl, analysis } = experiment.spec;
  const criteria = analysis.successCriteria;
  const counters = Object.entries(experiment.metrics ?? {}).filter(([, metric]) => metric.is_counter);
  const { onInconclusive, maxDurationMs, drainMs } = options;
  const sequential = trafficControl.strategy === "sequential" && criteria.length > 0;
  return {
    service: targetService.name ?? "",
    namespace: experiment.metadata.namespace ?? "",
    kind: targetService.kind,
    baseline: targetService.baseline || undefined,
    candidate: targetService.candidate ?? "",
    // As in Iter8: without criteria there is nothing to check.
    strategy: criteria.length === 0 ? "increment_without_check" : trafficControl.strategy,
    intervalMs: parseDuration(trafficControl.interval) ?? 60_000,
    maxIterations: trafficControl.maxIterations,
    maxWeight: trafficControl.maxTrafficPercentage,
    stepSize: trafficControl.trafficStepSize,
    onSuccess: trafficControl.onSuccess === "baseline" ? "baseline" : "candidate",
    criteria: sequential ? [] : criteria.map(toleranceOf).filter((one) => one !== undefined),
    ...(sequential && { sequential: sequentialPlan(experiment.spec, experiment.metrics) }),
    counters: new Set(counters.map(([name]) => name)),
    ...(analysis.grafanaEndpoint && { grafanaEndpoint: analysis.grafanaEndpoint }),
    onInconclusive,
    maxDurationMs,
    drainMs,
  };
}

/** Criteria that cannot be counted were refused when the experiment was created. */
export function sequentialPlan(
  spec: Experiment["spec"],
  metrics: Experiment["metrics"] = {},
): SequentialPlan {
  const selectors = Object.fromEntries(
    Object.entries(metrics).flatMap(([name, metric]) => {
      const counters = selectorsOf(metric);
      return counters === undefined ? [] : [[name, counters] as const];
    }),
  );
  const criteria = spec.analysis.successCriteria.flatMap((criterion) => {
    const counted = countedCriteria(criterion, selectors[criterion.metricName]);
    return counted.kind === "criteria" ? counted.criteria : [];
  });
  return { ...sequentialSettings(spec.trafficControl), criteria, selectors };
}
