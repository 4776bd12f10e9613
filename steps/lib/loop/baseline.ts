/** A baseline that is gone, or that is there and has no pods to serve with. */
import { formatDuration } from "../experiment/duration.ts";
import type { ExperimentStatus } from "../experiment/schema.ts";
import type { Line, Observation, Plan, Verdict } from "./model.ts";
import { timeOf, withLoop } from "./record.ts";
import { baselineDead, baselineDown, baselineGone } from "./verdicts.ts";

/**
 * So long without a ready pod and the baseline is lost. The only pod of a version is back within some seconds when its
 * container is restarted, and that must not end a release; users who get errors should not wait for much longer. In ms.
 */
export const DOWN_MS = 15_000;

/** Whether the baseline is there and has no ready pod now. */
export function isDown(plan: Plan, { baseline }: Observation): boolean {
  if (baseline === undefined || baseline.ready > 0) return false;
  // What is behind a Service need not be a Deployment: no pods known is not no pods.
  return plan.kind === "Deployment" || baseline.desired > 0;
}

/** Notes since when the baseline is down, and when it is no longer. */
export function noteDown(
  plan: Plan,
  status: ExperimentStatus,
  seen: Observation,
  now: number,
): ExperimentStatus {
  const { baselineDownSince, ...loop } = status.loop ?? {};
  if (isDown(plan, seen) === (baselineDownSince !== undefined)) return status;
  return baselineDownSince === undefined
    ? withLoop(status, { baselineDownSince: new Date(now).toISOString() })
    : { ...status, loop };
}

/** What the log says when it was noted. */
export function downLines(
  { baseline = "the baseline", candidate }: Plan,
  found: ExperimentStatus,
  noted: ExperimentStatus,
  seen: Observation,
): readonly Line[] {
  if (noted === found || noted.loop?.baselineDownSince === undefined) return [];
  const within = `within ${formatDuration(DOWN_MS)}`;
  const text =
    (seen.candidate?.ready ?? 0) > 0
      ? `${baseline} has no ready pod: if none is back ${within}, all traffic goes to ${candidate}.`
      : `Neither ${baseline} nor ${candidate} has a ready pod: the weights stay, pods may be back ${within}.`;
  return [{ level: "warn", text }];
}

/** Whether the candidate serves, and the baseline is gone, or down for so long that nobody should wait for it. */
export function onlyCandidateLeft(
  plan: Plan,
  status: ExperimentStatus,
  { baseline, candidate }: Observation,
  now: number,
): boolean {
  if (plan.baseline === undefined || (candidate?.ready ?? 0) === 0) return false;
  return baseline === undefined || downFor(status, now) >= DOWN_MS;
}

/**
 * Whether neither version has a ready pod, and not for long. A node or a control plane that loses the sight of its pods calls
 * all of them unready in the same moment: that is not the candidate's fault, and they may be back in the next one.
 */
export function areBothDown(plan: Plan, status: ExperimentStatus, seen: Observation, now: number): boolean {
  return seen.candidate?.ready === 0 && isDown(plan, seen) && downFor(status, now) < DOWN_MS;
}

/** All traffic to the candidate, with what happened to the baseline. */
export function lossOf(
  plan: Plan,
  status: ExperimentStatus,
  { baseline }: Observation,
  now: number,
): Verdict {
  if (baseline === undefined) return baselineGone(plan);
  if (wasDead(status)) return baselineDead(plan, baseline);
  return baselineDown(plan, baseline, Math.round(downFor(status, now) / 1000));
}

/** Whether it had no ready pod when the loop looked first, and none since then. */
function wasDead({ loop }: ExperimentStatus): boolean {
  const since = timeOf(loop?.baselineDownSince);
  const first = timeOf(loop?.waitingSince);
  return loop?.startedAt === undefined && since !== undefined && first !== undefined && since <= first;
}

/** In ms; 0 when it is not noted as down. */
function downFor({ loop }: ExperimentStatus, now: number): number {
  return now - (timeOf(loop?.baselineDownSince) ?? now);
}
