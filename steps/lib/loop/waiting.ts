/** Before the first check: the candidate must be there and available. Iter8 did not wait, and users met pods that were not ready. */
import type { ExperimentStatus } from "../experiment/schema.ts";
import { mark, nanoseconds, REASON, withMessage } from "../experiment/status.ts";
import { isDown } from "./baseline.ts";
import type { Decision, Observation, Plan } from "./model.ts";
import { conclude, timeOf, unchanged, withGrafana, withLoop } from "./record.ts";
import { couldNotJudge, firstDeployment, unavailable, withProblem } from "./verdicts.ts";
import { podsReady } from "./workload.ts";

/** Beside its own deadline the candidate gets this long for being applied at all. */
const APPLY_MS = 60_000;
const UNSEEN_DEADLINE_MS = 600_000;

export function waitForCandidate(
  plan: Plan,
  status: ExperimentStatus,
  seen: Observation,
  now: number,
): Decision {
  const since = timeOf(status.loop?.waitingSince);
  if (since === undefined) {
    return {
      status: withLoop(status, { waitingSince: new Date(now).toISOString() }),
      effects: [],
      lines: [{ level: "info", text: `Waiting for ${plan.candidate} to be applied and available.` }],
    };
  }
  const { candidate } = seen;
  if (candidate === undefined) {
    if (seen.applyFailed !== undefined) return conclude(status, unavailable(plan, seen.applyFailed), now);
    if (now - since > UNSEEN_DEADLINE_MS) {
      return conclude(status, unavailable(plan, "it was never applied"), now);
    }
    return unchanged(status);
  }
  const leftMs = since + candidate.deadlineMs + APPLY_MS - now;
  if (candidate.available) {
    // Nothing to compare it with: a moment later the baseline is back, or lost.
    return isDown(plan, seen) && leftMs > 0 ? unchanged(status) : start(plan, status, seen, since, now);
  }
  const why = withProblem(podsReady(candidate), candidate);
  if (candidate.gaveUp || leftMs < 0) {
    return conclude(status, unavailable(plan, why), now);
  }
  return unchanged(status);
}

function start(
  plan: Plan,
  status: ExperimentStatus,
  seen: Observation,
  since: number,
  now: number,
): Decision {
  if (plan.baseline === undefined) return conclude(status, firstDeployment(plan), now);
  const paused = status.message === REASON.pause;
  if (seen.action === "pause" || (paused && seen.action !== "resume")) {
    if (now - since >= plan.maxDurationMs) {
      return conclude(
        status,
        couldNotJudge(plan, "it was paused until the time for one release was over"),
        now,
      );
    }
    return paused
      ? unchanged(status)
      : {
          ...unchanged(withMessage(status, REASON.pause)),
          lines: [{ level: "info", text: "Paused: action pause." }],
        };
  }
  const at = new Date(now).toISOString();
  const provided = mark(status, "TargetsProvided", "True", REASON.targetsFound, "", now);
  const ready = mark(provided, "RoutingRulesReady", "True", REASON.routingReady, "", now);
  const started = withMessage(
    { ...ready, phase: "Progressing", startTimestamp: nanoseconds(now) },
    REASON.targetsFound,
  );
  return {
    status: withGrafana(plan, withLoop(started, { startedAt: at, nextCheck: at }), now),
    effects: [
      ...(seen.action === "resume" ? [{ do: "clear-action" } as const] : []),
      { do: "event", type: "Normal", reason: REASON.targetsFound, message: `${plan.candidate} is available` },
    ],
    lines: [
      {
        level: "info",
        text: `${plan.candidate} is available (${seen.candidate && podsReady(seen.candidate)}).`,
      },
    ],
  };
}
