import { parseDuration } from "../experiment/duration.ts";
import type { Experiment } from "../experiment/schema.ts";
import type { Plan } from "./model.ts";

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
    criteria,
    counters: new Set(counters.map(([name]) => name)),
    ...(analysis.grafanaEndpoint && { grafanaEndpoint: analysis.grafanaEndpoint }),
    onInconclusive,
    maxDurationMs,
    drainMs,
  };
}
