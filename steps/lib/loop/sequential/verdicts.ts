/** How a run that weighs evidence can end, each with the arithmetic that a person can check. */
import { formatDuration } from "../../experiment/duration.ts";
import type { Plan, SequentialPlan, Verdict, WeighedPoll } from "../model.ts";
import { couldNotJudge, verdict } from "../verdicts.ts";
import { type EvidenceResult, resultsOf } from "./results.ts";
import { starved, together } from "./words.ts";

/** One poll and how long after the first weight it ended, ms. */
export interface Weighed {
  readonly poll: WeighedPoll;
  readonly elapsedMs: number;
}

/** Every criterion has earned it. */
export function promoted(plan: Plan, sequential: SequentialPlan, { poll, elapsedMs }: Weighed): Verdict {
  const detail = explain(resultsOf(sequential.criteria, poll.standing));
  const after = formatDuration(elapsedMs);
  const old = plan.baseline ?? "nothing";
  if (plan.onSuccess === "baseline") {
    const sentence = `${plan.candidate} passed after ${after} and ${old} stays, as onSuccess asks: ${detail}.`;
    return verdict({ word: "no-change", reason: "OnSuccessBaseline", sentence }, "baseline", "last-check");
  }
  const sentence = `Promoted ${plan.candidate} over ${old} after ${after}: ${detail}.`;
  return verdict({ word: "promoted", reason: "CriteriaMet", sentence }, "candidate", "last-check");
}

/** The odds against the candidate suffice. */
export function stoppedBy(
  plan: Plan,
  sequential: SequentialPlan,
  { poll, elapsedMs }: Weighed,
  by: number | "starvation",
): Verdict {
  const old = plan.baseline ?? "nothing";
  const after = formatDuration(elapsedMs);
  if (by === "starvation") {
    const detail = starved(poll.standing, poll.weight);
    // A mesh that never followed and a version that never answers look the same.
    return poll.standing.starvation.reached
      ? rolledBack(
          "CriteriaFailed",
          `Rolled back to ${old} after ${after}, ${plan.candidate} stopped answering: ${detail}.`,
        )
      : rolledBack(
          "Inconclusive",
          `Rolled back to ${old} after ${after}, ${plan.candidate} hangs or the mesh does not follow the route: ${detail}.`,
        );
  }
  const results = resultsOf(sequential.criteria, poll.standing);
  const decisive = results[by];
  const more = results.filter((result) => result !== decisive && result.verdict === "violated");
  const detail = explain(decisive === undefined ? more : [decisive, ...more]);
  return rolledBack(
    "CriteriaFailed",
    `Rolled back to ${old} after ${after}, ${plan.candidate} failed: ${detail}; ${together(poll.standing, sequential.ignoreWorstPoll)}.`,
  );
}

/** The deadline came first. `weighed` is undefined when no poll ever counted. */
export function inconclusive(plan: Plan, sequential: SequentialPlan, weighed: Weighed | undefined): Verdict {
  const old = plan.baseline ?? "nothing";
  const time = formatDuration(sequential.deadlineMs);
  const results = weighed === undefined ? [] : resultsOf(sequential.criteria, weighed.poll.standing);
  const open = results.filter((result) => result.verdict !== "satisfied");
  const detail = results.length === 0 ? "no request of both versions could be counted" : explain(open);
  const judged =
    results.length > 0 && results.every(({ verdict }) => verdict !== "no-data" && verdict !== "violated");
  if (plan.onInconclusive === "promote" && judged) {
    const sentence = `Promoted ${plan.candidate} over ${old}: inconclusive at the deadline of ${time} (${detail}), as on-inconclusive asks.`;
    return verdict({ word: "promoted", reason: "CriteriaMet", sentence }, "candidate", "last-check");
  }
  // The run went its whole length, so Iter8 would not call this an abort.
  const sentence = `Rolled back to ${old}, ${plan.candidate} could not be judged within ${time}: ${detail}.`;
  return verdict({ word: "rolled-back", reason: "Inconclusive", sentence }, "baseline", "last-check");
}

/** The observed split stayed far from the weights. */
export function notFollowed(plan: Plan, off: string): Verdict {
  return couldNotJudge(plan, `${off}; load bypasses the mesh, or the mesh does not follow the route`);
}

function rolledBack(reason: "CriteriaFailed" | "Inconclusive", sentence: string): Verdict {
  return verdict({ word: "rolled-back", reason, sentence }, "baseline");
}

function explain(results: readonly EvidenceResult[]): string {
  return results.map((result) => result.sentence).join("; ");
}
