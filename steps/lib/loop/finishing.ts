/** After the verdict: pods for the winner, all traffic to it, drain, remove the loser, give the route back, tell. */
import type { ExperimentStatus } from "../experiment/schema.ts";
import { FINAL_TEXT, mark, nanoseconds, REASON, withMessage } from "../experiment/status.ts";
import { podsNeeded, scaleUp } from "./capacity.ts";
import type { Decision, Effect, Observation, Plan, Verdict } from "./model.ts";
import { conclude, currentWeight, timeOf, unchanged, withGrafana, withLoop, withWeight } from "./record.ts";
import { baselineGone, nobodyLeft, unavailable, withProblem } from "./verdicts.ts";

/** How long the loser's requests may take to be seen to stop: five of Prometheus' usual half minutes. */
const STOP_WITHIN_MS = 150_000;
/** The same when nothing can be read at all. */
const READ_WITHIN_MS = 30_000;

/** How long pods for all traffic may take: with drain and the counters above it must fit into the finally task's 10 minutes. */
const PODS_WITHIN_MS = 300_000;

type RecordedVerdict = NonNullable<NonNullable<ExperimentStatus["loop"]>["verdict"]>;

export function finish(
  plan: Plan,
  status: ExperimentStatus,
  verdict: RecordedVerdict,
  seen: Observation,
  now: number,
): Decision {
  if (verdict.winner === "none") return withoutWinner(plan, status, verdict, seen, now);
  const reversed = winnerLost(plan, status, verdict, seen);
  if (reversed !== undefined) return conclude(status, reversed, now);
  const pods = podsForWinner(plan, status, verdict, seen, now);
  if (pods !== undefined) return pods;

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

/** A winner that is gone while the other version is still there has lost after all. */
function winnerLost(
  plan: Plan,
  status: ExperimentStatus,
  verdict: RecordedVerdict,
  { baseline, candidate }: Observation,
): Verdict | undefined {
  if (baseline === undefined) {
    // Once traffic was moved to the candidate it is we who have removed the baseline.
    if (
      plan.baseline === undefined ||
      (verdict.winner === "candidate" && status.loop?.movedAt !== undefined)
    ) {
      return undefined;
    }
    if ((candidate?.ready ?? 0) === 0) return nobodyLeft(plan);
    return verdict.winner === "baseline" ? baselineGone(plan) : undefined;
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
  if (seen.candidate.ready >= needed || seen.routed === 100) return undefined;
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
    return complete(plan, status, verdict, now);
  }
  const moved = timeOf(status.loop?.movedAt) ?? now;
  if (now - moved < plan.drainMs) return unchanged(status);
  // A version that never had a weight gets no requests from the route, so there is nothing to wait for.
  const served = verdict.winner === "candidate" || hadTraffic(status);
  const winner = verdict.winner === "candidate" ? seen.candidate : seen.baseline;
  const needed = winner?.ready === 0 && loser.ready > 0;
  if (!needed && (!served || seen.loser === "stopped")) {
    return {
      status,
      effects: [{ do: "remove", deployment: name }],
      lines: [{ level: "info", text: `No request reaches ${name} any more: removing it.` }],
    };
  }
  const limit = seen.loser === "unreadable" ? READ_WITHIN_MS : STOP_WITHIN_MS;
  if (now - moved < plan.drainMs + limit) return unchanged(status);
  const why = `${name} was left running: ${needed ? "the other version has no ready pods" : whyLeft(seen.loser)}`;
  return {
    status: withLoop(status, { leftOver: why }),
    effects: [{ do: "leave", deployment: name, why }],
    lines: [{ level: "warn", text: `${why}. The next run removes it.` }],
  };
}

function hadTraffic(status: ExperimentStatus): boolean {
  return (status.loop?.weights ?? []).some((weight) => weight.candidate > 0);
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

function complete(plan: Plan, status: ExperimentStatus, verdict: RecordedVerdict, now: number): Decision {
  const leftOver = status.loop?.leftOver;
  const sentence =
    leftOver === undefined ? verdict.sentence : `${verdict.sentence.replace(/\.$/, "")}; ${leftOver}.`;
  const [succeeded, text] = finalWords(status, verdict);
  const reason = succeeded ? REASON.succeeded : REASON.failed;
  const marked = mark(
    mark(status, "ExperimentCompleted", "True", "", "", now),
    "ExperimentSucceeded",
    succeeded ? "True" : "False",
    reason,
    text,
    now,
  );
  const effects: Effect[] = [
    ...(verdict.winner === "candidate" ? [{ do: "apply-rest" } as const] : []),
    // With the loser still there the plain host would send requests to both; with nobody left it is ready for the next one.
    ...(leftOver === undefined && (plan.baseline !== undefined || verdict.winner !== "none")
      ? [{ do: "release-route", winner: verdict.winner === "baseline" ? "baseline" : "candidate" } as const]
      : []),
    { do: "event", type: succeeded ? "Normal" : "Warning", reason, message: sentence },
  ];
  return {
    status,
    effects,
    lines: [],
    completed: {
      ...withGrafana(plan, withMessage(marked, reason, text), timeOf(status.loop?.startedAt) ?? now, now),
      phase: "Completed",
      ...(verdict.winner !== "none" && { trafficSplitPercentage: splitOf(verdict.winner) }),
      endTimestamp: nanoseconds(now),
      analysisState: {},
      outcome: { word: verdict.word, reason: verdict.reason, sentence },
    },
  };
}

function splitOf(winner: "baseline" | "candidate") {
  return winner === "candidate" ? { baseline: 0, candidate: 100 } : { baseline: 100, candidate: 0 };
}

/** What Iter8 says of such an end. */
function finalWords({ assessment }: ExperimentStatus, verdict: Verdict): readonly [boolean, string] {
  const succeeded =
    verdict.winner === "candidate" ||
    (verdict.word === "no-change" && verdict.reason === "OnSuccessBaseline");
  if (verdict.abort) return [succeeded, FINAL_TEXT.abort];
  if (!succeeded) return [false, FINAL_TEXT.notAllMet];
  const allMet = assessment?.["all_success_criteria_met"] === true;
  return [true, allMet ? FINAL_TEXT.allMet : FINAL_TEXT.lastIteration];
}
