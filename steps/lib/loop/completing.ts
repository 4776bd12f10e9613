/** The end of a release: the rest of the commit, the route given back, the outcome told. */
import type { ExperimentStatus } from "../experiment/schema.ts";
import { FINAL_TEXT, mark, nanoseconds, REASON, withMessage } from "../experiment/status.ts";
import type { Decision, Effect, Observation, Plan, Verdict } from "./model.ts";
import { isDeaf } from "./outage.ts";
import { timeOf, unchanged, withGrafana, withLoop } from "./record.ts";
import { withRemarks } from "./verdicts.ts";

/** How long the garbage collector and the endpoints may take with the loser's pods; usually it is a second or two. */
const COLLECT_WITHIN_MS = 60_000;

/**
 * A Deployment is gone before its pods are, and these before the Service's endpoints. Until then the plain host leads to them
 * as well, so the route names the winner for that long, and for as long as the mesh may take them for alive.
 */
export function whenCollected(
  plan: Plan,
  status: ExperimentStatus,
  verdict: Verdict,
  { loserPods = 0 }: Observation,
  now: number,
): Decision {
  const removed = plan.kind === "Deployment" && plan.baseline !== undefined;
  if (removed && status.loop?.leftOver === undefined && isDeaf(status, now)) return unchanged(status);
  if (loserPods === 0) return complete(plan, status, verdict, now);
  const since = timeOf(status.loop?.podsLeftSince);
  if (since === undefined) return unchanged(withLoop(status, { podsLeftSince: new Date(now).toISOString() }));
  if (now - since < COLLECT_WITHIN_MS) return unchanged(status);
  const { baseline = "the baseline", candidate } = plan;
  const [winner, loser] = verdict.winner === "candidate" ? [candidate, baseline] : [baseline, candidate];
  const left = `after ${COLLECT_WITHIN_MS / 1000} s ${loserPods} of its pods still run or are endpoints of the Service`;
  const text = `${loser} is deleted, but ${left}, so the route keeps naming ${winner}.`;
  return { ...complete(plan, status, verdict, now, true), lines: [{ level: "warn", text }] };
}

/** The plain host would send requests to what is left of the loser: then the route is kept. */
export function complete(
  plan: Plan,
  status: ExperimentStatus,
  verdict: Verdict,
  now: number,
  keepsRoute = status.loop?.leftOver !== undefined,
): Decision {
  const leftOver = status.loop?.leftOver;
  const sentence = withRemarks(verdict.sentence, leftOver === undefined ? [] : [leftOver]);
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
    // With nobody left it is ready for the next one.
    ...(!keepsRoute && (plan.baseline !== undefined || verdict.winner !== "none")
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
