import type { ExperimentStatus } from "../experiment/schema.ts";
import type { Plan } from "./model.ts";
import { isUnheardOf } from "./outage.ts";
import { timeOf } from "./record.ts";
import { readsMetrics } from "./strategies/strategy.ts";

/** Whether the next decision needs readings of the metrics. */
export function isCheckDue(plan: Plan, status: ExperimentStatus, now: number): boolean {
  const next = timeOf(status.loop?.nextCheck);
  return (
    next !== undefined &&
    now >= next &&
    status.loop?.verdict === undefined &&
    // After an interruption the route is put back first: what was counted meanwhile says nothing.
    status.loop?.interrupted === undefined &&
    !isUnheardOf(status, now) &&
    status.phase === "Progressing" &&
    readsMetrics(plan.strategy) &&
    (plan.criteria.length > 0 || plan.sequential !== undefined)
  );
}
