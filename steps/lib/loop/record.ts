/** Small steps on the status that every stage of the loop takes. */
import type { ExperimentStatus, LoopRecord } from "../experiment/schema.ts";
import { grafanaUrl, mark, REASON, timestamp, withMessage } from "../experiment/status.ts";
import type { Decision, Plan, Verdict } from "./model.ts";

/** Nothing to record, nothing to do. */
export function unchanged(status: ExperimentStatus): Decision {
  return { status, effects: [], lines: [] };
}

export function withLoop(status: ExperimentStatus, change: Partial<LoopRecord>): ExperimentStatus {
  return { ...status, loop: { ...status.loop, ...change } };
}

/** The candidate's weight that was asked of the route last, in percent. */
export function currentWeight(status: ExperimentStatus): number {
  return status.loop?.weights?.at(-1)?.candidate ?? 0;
}

/** Whether the candidate was ever given any. */
export function hadTraffic(status: ExperimentStatus): boolean {
  return (status.loop?.weights ?? []).some((weight) => weight.candidate > 0);
}

/** Notes that `weight` percent is asked of the route from now on. */
export function withWeight(status: ExperimentStatus, weight: number, now: number): ExperimentStatus {
  const weights = [...(status.loop?.weights ?? []), { at: new Date(now).toISOString(), candidate: weight }];
  return {
    ...withLoop(status, { weights }),
    // Whole numbers, as the columns of `kubectl get` want them; a small weight is not none.
    trafficSplitPercentage: { baseline: 100 - Math.ceil(weight), candidate: Math.ceil(weight) },
  };
}

/** A check or a poll is over: its successor begins. In Iter8's words. */
export function withIteration(status: ExperimentStatus, iteration: number, now: number): ExperimentStatus {
  const text = `Iteration ${iteration} Started`;
  const next: ExperimentStatus = {
    ...status,
    currentIteration: iteration,
    lastIncrementTime: timestamp(now),
    phase: "Progressing",
  };
  const told = withMessage(next, REASON.iterationUpdate, text);
  return mark(told, "ExperimentCompleted", "False", REASON.iterationUpdate, text, now);
}

/** Metrics answer (again). */
export function withMetrics(status: ExperimentStatus, now: number): ExperimentStatus {
  const { metricsFailingSince: _over, ...loop } = status.loop ?? {};
  const synced = mark({ ...status, loop }, "MetricsSynced", "True", REASON.metricsSynced, "", now);
  return mark(synced, "AnalyticsServiceNormal", "True", REASON.analyticsRunning, "", now);
}

/** Records a verdict; the traffic is moved by what follows, whoever does it. What an earlier verdict led to is void. */
export function conclude(status: ExperimentStatus, verdict: Verdict, now: number): Decision {
  const { movedAt: _moved, podsLeftSince: _collected, leftOver: _left, ...loop } = status.loop ?? {};
  return {
    status: { ...status, loop: { ...loop, verdict: { ...verdict, at: timestamp(now) } } },
    effects: [],
    lines: [
      { level: verdict.winner === "candidate" ? "info" : "warn", text: `Verdict: ${verdict.sentence}` },
    ],
  };
}

/** The link to the dashboard, for an experiment that began at `start` and, once over, ended at `end` (ms). */
export function withGrafana(
  plan: Plan,
  status: ExperimentStatus,
  start: number,
  end?: number,
): ExperimentStatus {
  const { grafanaEndpoint, namespace, service, baseline = "", candidate } = plan;
  if (grafanaEndpoint === undefined) return status;
  return {
    ...status,
    grafanaURL: grafanaUrl(grafanaEndpoint, { namespace, service, baseline, candidate }, start, end),
  };
}

/** Milliseconds of a recorded time. */
export function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
