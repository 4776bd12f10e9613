/**
 * Iter8's status: phases, messages and conditions, letter by letter as v0.2.1 writes them, because scripts and dashboards
 * look for these strings. Every function returns a new status.
 */
import type { Experiment, ExperimentStatus } from "./schema.ts";

export const CONDITIONS = [
  "AnalyticsServiceNormal",
  "ExperimentCompleted",
  "ExperimentSucceeded",
  "MetricsSynced",
  "Ready",
  "RoutingRulesReady",
  "TargetsProvided",
] as const;

export type ConditionType = (typeof CONDITIONS)[number];
type ConditionStatus = "True" | "False" | "Unknown";

export const REASON = {
  targetsNotFound: "TargetsNotFound",
  targetsFound: "TargetsFound",
  analyticsError: "AnalyticsServiceError",
  analyticsRunning: "AnalyticsServiceRunning",
  iterationUpdate: "IterationUpdate",
  succeeded: "ExperimentSucceeded",
  failed: "ExperimentFailed",
  metricsSynced: "SyncMetricsSucceeded",
  routingReady: "RoutingRulesReady",
  pause: "Pause",
  resume: "Resume",
} as const;

/** The texts that follow `ExperimentSucceeded: ` and `ExperimentFailed: `. */
export const FINAL_TEXT = {
  allMet: "All Success Criteria Were Met",
  notAllMet: "Not All Success Criteria Were Met",
  lastIteration: "Last Iteration Was Completed",
  abort: "Abort",
} as const;

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** Unix nanoseconds. Beyond 2^53 a number keeps about 0.3 µs, which is finer than the ms that it is made of. */
export function nanoseconds(now: number): number {
  return now * 1_000_000;
}

/** A new experiment: everything unknown, all traffic on the baseline, waiting for its candidate. */
export function initialStatus(now: number): ExperimentStatus {
  const unknown = CONDITIONS.map((type) => ({
    type,
    status: "Unknown",
    lastTransitionTime: timestamp(now),
  }));
  const created: ExperimentStatus = {
    conditions: unknown,
    createTimestamp: nanoseconds(now),
    lastIncrementTime: timestamp(0),
    currentIteration: 0,
    analysisState: {},
    trafficSplitPercentage: { baseline: 100, candidate: 0 },
    phase: "Pause",
  };
  return withMessage(
    mark(created, "TargetsProvided", "False", REASON.targetsNotFound, "Missing Candidate", now),
    REASON.targetsNotFound,
    "Missing Candidate",
  );
}

/** `Reason: text`, or the reason alone. */
export function withMessage(status: ExperimentStatus, reason: string, text = ""): ExperimentStatus {
  return { ...status, message: text === "" ? reason : `${reason}: ${text}` };
}

/**
 * Sets one condition. As in Knative's living set, one that is False makes Ready False with the same reason, and Ready
 * is True only when all others are.
 */
export function mark(
  status: ExperimentStatus,
  type: ConditionType,
  value: ConditionStatus,
  reason: string,
  message: string,
  now: number,
): ExperimentStatus {
  const marked = set(status, type, value, reason, message, now);
  if (type === "Ready") return marked;
  if (value === "False") return set(marked, "Ready", "False", reason, message, now);
  const others = (marked.conditions ?? []).filter((condition) => condition.type !== "Ready");
  const allTrue = others.length === CONDITIONS.length - 1 && others.every((one) => one.status === "True");
  return allTrue ? set(marked, "Ready", "True", "", "", now) : marked;
}

function set(
  status: ExperimentStatus,
  type: ConditionType,
  value: ConditionStatus,
  reason: string,
  message: string,
  now: number,
): ExperimentStatus {
  const before = (status.conditions ?? []).find((condition) => condition.type === type);
  if (before?.status === value && (before.reason ?? "") === reason && (before.message ?? "") === message) {
    return status;
  }
  const condition = {
    type,
    status: value,
    ...(reason !== "" && { reason }),
    ...(message !== "" && { message }),
    lastTransitionTime:
      before?.status === value ? (before.lastTransitionTime ?? timestamp(now)) : timestamp(now),
  };
  const conditions = [...(status.conditions ?? []).filter((one) => one.type !== type), condition];
  return { ...status, conditions: conditions.sort((a, b) => a.type.localeCompare(b.type)) };
}

/** Whether nothing more will happen to this experiment. */
export function isCompleted(experiment: Experiment): boolean {
  return experiment.status?.phase === "Completed";
}

/** The link to Iter8's dashboard; `end` in ms, or undefined while the experiment runs. */
export function grafanaUrl(
  endpoint: string,
  names: { namespace: string; service: string; baseline: string; candidate: string },
  start: number,
  end: number | undefined,
): string {
  const { namespace, service, baseline, candidate } = names;
  return (
    `${endpoint.replace(/\/+$/, "")}/d/eXPEaNnZz/iter8-application-metrics?var-namespace=${namespace}` +
    `&var-service=${service}&var-baseline=${baseline}&var-candidate=${candidate}&from=${start}&to=${end ?? "now"}`
  );
}
