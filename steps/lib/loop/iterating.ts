/** While the experiment runs: look after the targets and the route every second, check at the times of the grid. */
import { formatDuration } from "../experiment/duration.ts";
import type { ExperimentStatus } from "../experiment/schema.ts";
import { mark, REASON, withMessage } from "../experiment/status.ts";
import { areBothDown } from "./baseline.ts";
import { podsNeeded, scaleUp } from "./capacity.ts";
import { check } from "./checking.ts";
import { isCheckDue } from "./due.ts";
import { begin, judge, waitForRequests } from "./judging.ts";
import type { Decision, Line, Observation, Plan, SequentialPlan, Verdict, Workload } from "./model.ts";
import { isUnheardOf } from "./outage.ts";
import { conclude, currentWeight, timeOf, unchanged, withLoop, withWeight } from "./record.ts";
import { wantedWeight } from "./stepping.ts";
import { readsMetrics } from "./strategies/strategy.ts";
import { baselineGone, couldNotJudge, metricsUnavailable, unavailable, withProblem } from "./verdicts.ts";

export function iterate(plan: Plan, status: ExperimentStatus, seen: Observation, now: number): Decision {
  const end = lost(plan, status, seen, now);
  if (end !== undefined) return conclude(status, end, now);
  const { candidate } = seen;
  if (candidate === undefined) return unchanged(status);
  // Not lost, so the baseline is down as well.
  if (candidate.ready === 0) return unchanged(status);

  const repaired = repairRoute(plan, status, seen, now);
  if (repaired !== undefined) return repaired;
  const counted = withPods(status, candidate.ready, now);
  if (counted !== status) return unchanged(counted);
  if (seen.action === "pause" || (status.phase === "Pause" && seen.action !== "resume")) return pause(status);
  if (status.phase === "Pause") return resume(status);

  if (isUnheardOf(status, now)) return unchanged(status);

  const next = timeOf(status.loop?.nextCheck) ?? now;
  if (now < next) return follow(plan, status, seen, candidate, now);
  if (!isCheckDue(plan, status, now)) return check(plan, status, seen, undefined, now);
  if (plan.sequential !== undefined) return weigh(plan, plan.sequential, status, seen, now);
  if (seen.readings === undefined) return unchanged(status);
  if (!seen.readings.ok) return metricsAway(plan, status, seen.readings.why, now);
  return check(plan, status, seen, seen.readings.metrics, now);
}

/** What ends the experiment without a verdict on the candidate's metrics. */
function lost(plan: Plan, status: ExperimentStatus, seen: Observation, now: number): Verdict | undefined {
  if (seen.candidate === undefined) return unavailable(plan, "it was deleted during the run");
  if (seen.baseline === undefined) return baselineGone(plan);
  if (seen.candidate.ready === 0 && !areBothDown(plan, status, seen, now)) {
    return unavailable(plan, withProblem("none of its pods is ready any more", seen.candidate));
  }
  const started = timeOf(status.loop?.startedAt) ?? now;
  if (now - started >= plan.maxDurationMs) {
    return couldNotJudge(plan, `the time for one release, ${formatDuration(plan.maxDurationMs)}, is over`);
  }
  return undefined;
}

/**
 * A route that is not as recorded is put back: our own unfinished write after a restart as often as needed, somebody
 * else's weights once, so that we do not fight with a person or a controller.
 */
function repairRoute(
  plan: Plan,
  status: ExperimentStatus,
  seen: Observation,
  now: number,
): Decision | undefined {
  const weight = currentWeight(status);
  if (seen.routed === weight) {
    if (status.loop?.interrupted === undefined) return undefined;
    const { interrupted, ...loop } = status.loop;
    return {
      status: withGap({ ...status, loop }, Date.parse(interrupted), now),
      effects: [],
      lines: [
        { level: "info", text: `Going on after the interruption of ${interrupted}, at weight ${weight} %.` },
      ],
    };
  }
  if (seen.resumed || status.loop?.interrupted !== undefined) {
    const since = timeOf(status.loop?.interrupted ?? status.loop?.weights?.at(-1)?.at) ?? now;
    return {
      status: withGap(status, since, now),
      effects: [{ do: "route", candidate: weight }],
      lines: [{ level: "info", text: `Taking up the run: weight ${weight} % as recorded.` }],
    };
  }
  const who = seen.routedBy ?? "somebody";
  const what =
    seen.routed === undefined ? "removed our destinations" : `set the candidate's weight to ${seen.routed} %`;
  if (status.loop?.reasserted === true) {
    // What is counted at a weight that somebody else sets says nothing about ours.
    return plan.sequential === undefined
      ? undefined
      : conclude(status, couldNotJudge(plan, `${who} ${what} where ${weight} % was put back already`), now);
  }
  return {
    status: withLoop(withGap(status, now, now), { reasserted: true }),
    effects: [{ do: "route", candidate: weight }],
    lines: [{ level: "warn", text: `${who} ${what}; putting ${weight} % back, once.` }],
  };
}

/** Notes when the candidate came to have more pods: they are slow at first, and nobody is to blame for that. */
function withPods(status: ExperimentStatus, pods: number, now: number): ExperimentStatus {
  const { counting } = status.loop ?? {};
  if (counting === undefined || counting.pods === pods) return status;
  const more = pods > counting.pods ? [new Date(now).toISOString()] : [];
  return withLoop(status, { counting: { ...counting, pods, morePods: [...counting.morePods, ...more] } });
}

/** What was counted while the route was not as recorded says nothing about that weight. */
function withGap(status: ExperimentStatus, from: number, to: number): ExperimentStatus {
  const { counting } = status.loop ?? {};
  if (counting === undefined) return status;
  const gap = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return withLoop(status, { counting: { ...counting, gaps: [...(counting.gaps ?? []), gap] } });
}

function pause(status: ExperimentStatus): Decision {
  if (status.phase === "Pause") return unchanged(status);
  return {
    status: withMessage({ ...status, phase: "Pause" }, REASON.pause),
    effects: [],
    lines: [{ level: "info", text: `Paused: action pause. The weight stays at ${currentWeight(status)} %.` }],
  };
}

/** A check that was due meanwhile comes at once, the ones after it keep to the grid. */
function resume(status: ExperimentStatus): Decision {
  const { metricsFailingSince: _notAskedSince, ...loop } = status.loop ?? {};
  return {
    status: withMessage({ ...status, loop, phase: "Progressing" }, REASON.resume),
    effects: [{ do: "clear-action" }],
    lines: [{ level: "info", text: "Resumed." }],
  };
}

/** Between checks: a weight that was waiting for pods is given as soon as they are ready. */
function follow(
  plan: Plan,
  status: ExperimentStatus,
  seen: Observation,
  candidate: Workload,
  now: number,
): Decision {
  const wanted = wantedWeight(plan, status);
  if (wanted === currentWeight(status)) return unchanged(status);
  const needed = podsNeeded(wanted, seen.baseline);
  if (candidate.ready < needed) return { ...unchanged(status), effects: scaleUp(plan, candidate, needed) };
  return {
    status: withWeight(status, wanted, now),
    effects: [{ do: "route", candidate: wanted }],
    lines: [
      {
        level: "info",
        text: `${candidate.ready} pods are ready: weight ${currentWeight(status)} % -> ${wanted} %.`,
      },
    ],
  };
}

/** Evidence decides: a poll at a time. */
function weigh(
  plan: Plan,
  sequential: SequentialPlan,
  status: ExperimentStatus,
  seen: Observation,
  now: number,
): Decision {
  const { counts } = seen;
  switch (counts?.kind) {
    case undefined:
      return unchanged(status);
    case "unreadable":
      return metricsAway(plan, status, counts.why, now);
    case "waiting":
      return waitForRequests(plan, sequential, status, now);
    case "begin":
      return begin(plan, status, seen, counts.measured, now);
    case "polls":
      return judge(plan, sequential, status, seen, counts, now);
  }
}

/** The weight holds while metrics cannot be read; after a while the run ends, because nobody is watching. */
function metricsAway(plan: Plan, status: ExperimentStatus, why: string, now: number): Decision {
  const since = timeOf(status.loop?.metricsFailingSince);
  const limit = Math.max(3 * (status.loop?.counting?.pollMs ?? plan.intervalMs), 30_000);
  if (since === undefined) {
    const line: Line = {
      level: "warn",
      text: `No metrics: ${why}. The weight holds; trying again each second for ${formatDuration(limit)}.`,
    };
    const failing = mark(status, "AnalyticsServiceNormal", "False", REASON.analyticsError, why, now);
    return {
      status: withLoop(failing, { metricsFailingSince: new Date(now).toISOString() }),
      effects: [],
      lines: [line],
    };
  }
  if (now - since < limit || !readsMetrics(plan.strategy)) return unchanged(status);
  return conclude(status, metricsUnavailable(plan, Math.round((now - since) / 1000), why), now);
}
