/** A version never gets more traffic than it has ready pods for. */
import type { Effect, Plan, Workload } from "./model.ts";

/** Ready pods that the candidate needs before it may get `weight` percent: its share of what the baseline runs on. */
export function podsNeeded(weight: number, baseline: Workload | undefined): number {
  if (weight <= 0) return 0;
  return Math.max(1, Math.ceil((weight * (baseline?.ready ?? 0)) / 100));
}

/** Asks for more pods of the candidate, unless enough are asked for or an autoscaler decides that. */
export function scaleUp(plan: Plan, candidate: Workload, needed: number): Effect[] {
  if (plan.kind !== "Deployment" || candidate.autoscaled || candidate.desired >= needed) return [];
  return [{ do: "scale", deployment: plan.candidate, replicas: needed }];
}
