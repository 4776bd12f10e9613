import type { ExperimentStatus } from "../experiment/schema.ts";
import type { Plan } from "./model.ts";
import { timeOf } from "./record.ts";
import { AVAILABLE } from "./strategies/strategy.ts";

/** Whether the next decision needs readings of the metrics. */
export function isCheckDue(plan: Plan, status: ExperimentStatus, now: number): boolean {
  const next = timeOf(status.loop?.nextCheck);
  return (
    next !== undefined &&
    now >= next &&
    status.loop?.verdict === undefined &&
    status.phase === "Progressing" &&
    AVAILABLE[plan.strategy]?.reads === true &&
    plan.criteria.length > 0
  );
}
