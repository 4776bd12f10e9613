/** After the verdict: pods for the winner, all traffic to it, drain, remove the loser. */
import type { ExperimentStatus } from "../experiment/schema.ts";
import { isDown, lossOf, onlyCandidateLeft } from "./baseline.ts";
import { podsNeeded, scaleUp } from "./capacity.ts";
import { complete, whenCollected } from "./completing.ts";
import type { Decision, Observation, Plan, Verdict } from "./model.ts";
import { isUnheardOf } from "./outage.ts";
import { conclude, currentWeight, hadTraffic, timeOf, unchanged, withLoop, withWeight } from "./record.ts";
import { nobodyLeft, unavailable, withProblem } from "./verdicts.ts";

/** How long the loser's requests may take to be seen to stop: five of Prometheus' usual half minutes. */
const STOP_WITHIN_MS = 150_000;
/** The same when nothing can be read at all. */
const READ_WITHIN_MS = 30_000;

/** How long pods for all traffic may take: with drain, counters and collecting it must fit into the finally task's 10 minutes. */
const PODS_WITHIN_MS = 270_000;

type RecordedVerdict = NonNullable<NonNullable<ExperimentStatus["loop"]>["verdict"]>;

export function finish(
  plan: Plan,
  status: ExperimentStatus,
  verdict: RecordedVerdict,
  seen: Observation,
  now: number,
): Decision {
  if (verdict.winner === "none") return withoutWinner(plan, status, verdict, seen, now);
  const reversed = winnerLost(plan, status, verdict, seen, now);
  if (reversed !== undefined) return conclude(status, reversed, now);
  // A moment later it is back, or has lost.
  if (verdict.winner === "baseline" && isDown(plan, seen) && (seen.candidate?.ready ?? 0) > 0)
    return unchanged(status);
  const pods = podsForWinner(plan, status, verdict, seen, now);
  if (pods !== undefined) return pods;
  const baselineServes = (seen.baseline?.ready ?? 0) > 0;
  if (verdict.winner === "candidate" && baselineServes && isUnheardOf(status, now)) return unchanged(status);

  const share = verdict.winner === "candidate" ? 100 : 0;
  const loser = verdict.winner === "candidate" ? seen.baseline : seen.candidate;
  // Without a route of ours and without a loser the plain host has one version to go to.
  const settled = seen.routed === share || (seen.routed === undefined && loser === undefined);
  if (plan.baseline !== undefined && !settled) return move(status, verdict, share, now);
  if (status.loop?.movedAt === undefined) {
    return { ...unchanged(withLoop(status, { movedAt: new Date(now).toISOString() })) };
  }
  return removeLoser(plan, status, verdict, seen, now);
}

/** A winner that is gone, or has no pods, while the other version is still there has lost after all. */
function winnerLost(
  plan: Plan,
  status: ExperimentStatus,
  verdict: RecordedVerdict,
  seen: Observation,
  now: number,
): Verdict | undefined {
  const { baseline, candidate } = seen;
  if (verdict.winner === "baseline" && onlyCandidateLeft(plan, status, seen, now))
    return lossOf(plan, status, seen, now);
  if (baseline === undefined) {
    // Once traffic was moved to the candidate it is we who have removed the baseline.
    const isOurDoing = verdict.winner === "candidate" && status.loop?.movedAt !== undefined;
    if (plan.baseline === undefined || isOurDoing) return undefined;
    return (candidate?.ready ?? 0) === 0 ? nobodyLeft(plan) : undefined;
  }
  if (verdict.winner === "baseline") return undefined;
  if (candidate === undefined) return unavailable(plan, "it was deleted");
  const broken = status.loop?.movedAt !== undefined && candidate.ready === 0 && baseline.ready > 0;
  return broken ? unavailable(plan, withProblem("none of its pods is ready any more", candidate)) : undefined;
}

/** Before the candidate gets everything it has as many ready pods as the baseline has now. */
function podsForWinner(
  plan: Plan,
  status: ExperimentStatus,
  verdict: RecordedVerdict,
  seen: Observation,
  now: number,
): Decision | undefined {
  if (verdict.winner !== "candidate" || status.loop?.movedAt !== undefined) return undefined;
  if (seen.baseline === undefined || seen.candidate === undefined) return undefined;
  const needed = podsNeeded(100, seen.baseline);
  if (seen.candidate.ready >= needed) return undefined;
  const since = Date.parse(verdict.at);
  if (now - since > Math.min(seen.candidate.deadlineMs, PODS_WITHIN_MS)) {
    const why = `only ${seen.candidate.ready} of the ${needed} pods that it needs for all traffic became ready`;
    return conclude(status, unavailable(plan, why), now);
  }
  const effects = scaleUp(plan, seen.candidate, needed);
  if (effects.length === 0) return unchanged(status);
  const text = `Scaling ${plan.candidate} to ${needed} pods, as many as ${plan.baseline ?? "the baseline"} has.`;
  return { status, effects, lines: [{ level: "info", text }] };
}

function move(status: ExperimentStatus, verdict: RecordedVerdict, share: number, now: number): Decision {
  const asked = currentWeight(status) === share && status.loop?.weights !== undefined;
  return {
    status: asked ? status : withWeight(status, share, now),
    effects: [{ do: "route", candidate: share }],
    lines: [{ level: "info", text: `Moving all traffic to the ${verdict.winner}.` }],
  };
}

function removeLoser(
  plan: Plan,
  status: ExperimentStatus,
  verdict: RecordedVerdict,
  seen: Observation,
  now: number,
): Decision {
  const [loser, name] =
    verdict.winner === "candidate" ? [seen.baseline, plan.baseline] : [seen.candidate, plan.candidate];
  if (
    plan.kind === "Service" ||
    loser === undefined ||
    name === undefined ||
    status.loop?.leftOver !== undefined
  ) {
    return whenCollected(plan, status, verdict, seen, now);
  }
  // The candidate was not judged, and why the baseline has no pods is for a person to see.
  if (verdict.reason === "BaselineGone") return leave(status, name, `${name} was left as it is`);
  const moved = timeOf(status.loop?.movedAt) ?? now;
  if (now - moved < plan.drainMs) return unchanged(status);
  // A version that never had a weight gets no requests from the route, so there is nothing to wait for.
  const served = verdict.winner === "candidate" || hadTraffic(status);
  if (!served || seen.loser === "stopped") {
    return {
      status,
      effects: [{ do: "remove", deployment: name }],
      lines: [{ level: "info", text: `No request reaches ${name} any more: removing it.` }],
    };
  }
  const limit = seen.loser === "unreadable" ? READ_WITHIN_MS : STOP_WITHIN_MS;
  if (now - moved < plan.drainMs + limit) return unchanged(status);
  const why = `${name} was left running: ${whyLeft(seen.loser)}`;
  return leave(status, name, why);
}

function leave(status: ExperimentStatus, name: string, why: string): Decision {
  return {
    status: withLoop(status, { leftOver: why }),
    effects: [{ do: "leave", deployment: name, why }],
    lines: [{ level: "warn", text: `${why}. The next run removes it.` }],
  };
}

function whyLeft(loser: Observation["loser"]): string {
  switch (loser) {
    case "flowing":
      return "requests still reach it although the route sends it none";
    case "unreadable":
      return "without metrics nobody can see whether requests still reach it";
    default:
      return "its requests could not be seen to stop";
  }
}

/** A first deployment that did not come up: nothing to go back to, and what may serve is not taken away. */
function withoutWinner(
  plan: Plan,
  status: ExperimentStatus,
  verdict: RecordedVerdict,
  seen: Observation,
  now: number,
): Decision {
  const unused =
    plan.kind === "Deployment" &&
    verdict.word === "rolled-back" &&
    seen.candidate !== undefined &&
    seen.candidate.ready === 0;
  if (unused) {
    return {
      status,
      effects: [{ do: "remove", deployment: plan.candidate }],
      lines: [{ level: "info", text: `Removing ${plan.candidate}: none of its pods is ready.` }],
    };
  }
  return complete(plan, status, verdict, now);
}
