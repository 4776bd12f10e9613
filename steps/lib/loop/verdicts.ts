/** The ways a release can end, each with the sentence that a person reads. */
import type { Outcome } from "../experiment/outcome.ts";
import type { CriterionResult } from "./criteria.ts";
import type { Plan, Verdict, Workload } from "./model.ts";

const names = (plan: Plan) => ({ old: plan.baseline ?? "nothing", new: plan.candidate });

export function verdict(
  outcome: Outcome,
  winner: Verdict["winner"],
  end: "abort" | "last-check" = "abort",
): Verdict {
  return { ...outcome, winner, abort: end === "abort" };
}

/** The last check is over: Iter8 decides by it alone. */
export function lastCheck(plan: Plan, results: readonly CriterionResult[], allMet: boolean): Verdict {
  const { old, new: candidate } = names(plan);
  const detail = explain(results);
  const promoteAnyway =
    plan.onInconclusive === "promote" &&
    results.every((result) => result.verdict !== "no-data" && result.verdict !== "violated");
  if (allMet || promoteAnyway) {
    const because = allMet
      ? detail || whyUnchecked(plan)
      : `inconclusive (${detail}), as on-inconclusive asks`;
    if (plan.onSuccess === "baseline") {
      const sentence = `${candidate} passed and ${old} stays, as onSuccess asks: ${because}.`;
      return verdict({ word: "no-change", reason: "OnSuccessBaseline", sentence }, "baseline", "last-check");
    }
    const sentence = `Promoted ${candidate} over ${old}: ${because}.`;
    return verdict({ word: "promoted", reason: "CriteriaMet", sentence }, "candidate", "last-check");
  }
  return verdict(failed(plan, results), "baseline", "last-check");
}

function whyUnchecked(plan: Plan): string {
  return plan.criteria.length === 0
    ? "it has no criteria"
    : "increment_without_check asks for no check of its criteria";
}

/** A breach that may not wait (stopOnFailure, or a counter beyond its limit). */
export function stopped(plan: Plan, results: readonly CriterionResult[]): Verdict {
  return verdict(failed(plan, results), "baseline");
}

function failed(plan: Plan, results: readonly CriterionResult[]): Outcome {
  const { old, new: candidate } = names(plan);
  const violated = results.filter((result) => result.verdict === "violated");
  if (violated.length > 0) {
    const sentence = `Rolled back to ${old}, ${candidate} failed: ${explain(violated)}.`;
    return { word: "rolled-back", reason: "CriteriaFailed", sentence };
  }
  const open = explain(results.filter((result) => !result.met));
  const sentence = `Rolled back to ${old}, ${candidate} could not be judged: ${open}.`;
  return { word: "rolled-back", reason: "Inconclusive", sentence };
}

function explain(results: readonly CriterionResult[]): string {
  return results
    .map((result) =>
      result.verdict === "both-violate" ? `${result.sentence} (beyond the limit as well)` : result.sentence,
    )
    .join("; ");
}

export function couldNotJudge(plan: Plan, why: string): Verdict {
  const { old, new: candidate } = names(plan);
  const sentence = `Rolled back to ${old}, ${candidate} could not be judged: ${why}.`;
  return verdict({ word: "rolled-back", reason: "Inconclusive", sentence }, "baseline");
}

/** A sentence that goes on with what is left to do; as it is without any remark. */
export function withRemarks(sentence: string, remarks: readonly string[]): string {
  return remarks.length === 0 ? sentence : `${[sentence.replace(/\.$/, ""), ...remarks].join("; ")}.`;
}

/** `text`, and what the pods themselves say. */
export function withProblem(text: string, { problem }: Workload): string {
  return problem === undefined ? text : `${text}, ${problem}`;
}

export function unavailable(plan: Plan, why: string): Verdict {
  const sentence =
    plan.baseline === undefined
      ? `${plan.candidate} was not deployed: ${why}.`
      : `Rolled back to ${plan.baseline}, ${plan.candidate} is not available: ${why}.`;
  return verdict(
    { word: "rolled-back", reason: "CandidateUnavailable", sentence },
    plan.baseline === undefined ? "none" : "baseline",
  );
}

export function firstDeployment(plan: Plan): Verdict {
  const sentence = `First deployment of ${plan.service}: ${plan.candidate} is available and there was nothing to compare it with.`;
  return verdict(
    { word: "first-deployment", reason: "FirstDeployment", sentence },
    "candidate",
    "last-check",
  );
}

export function overridden(plan: Plan, action: "override_success" | "override_failure"): Verdict {
  const { old, new: candidate } = names(plan);
  return action === "override_success"
    ? verdict(
        {
          word: "promoted",
          reason: "Override",
          sentence: `Promoted ${candidate} over ${old}: action override_success.`,
        },
        "candidate",
      )
    : verdict(
        {
          word: "aborted",
          reason: "Override",
          sentence: `${takenAway(plan)}: action override_failure.`,
        },
        safeSide(plan),
      );
}

export function deleted(plan: Plan): Verdict {
  const sentence = `${takenAway(plan)}: somebody deleted the Experiment.`;
  return verdict({ word: "aborted", reason: "Override", sentence }, safeSide(plan));
}

export function superseded(plan: Plan, by: string): Verdict {
  const serves = plan.baseline === undefined ? `${plan.candidate} stays as it is` : `${plan.baseline} serves`;
  const sentence = `not deployed: superseded by ${by}; ${serves}.`;
  return verdict({ word: "superseded", reason: "NewerCommit", sentence }, safeSide(plan));
}

export function metricsUnavailable(plan: Plan, seconds: number, why: string): Verdict {
  const sentence = `Back to ${names(plan).old}: no metrics for ${seconds} s (${why}), so ${plan.candidate} could not be judged.`;
  return verdict({ word: "error", reason: "MetricsUnavailable", sentence }, "baseline");
}

export function baselineGone(plan: Plan): Verdict {
  const sentence = `${names(plan).old} was deleted during the run: all traffic goes to ${plan.candidate}, which was not judged.`;
  return verdict({ word: "error", reason: "BaselineGone", sentence }, "candidate");
}

/** It was dead before the release began, so nobody was served by it. */
export function baselineDead(plan: Plan, baseline: Workload): Verdict {
  const { old, new: candidate } = names(plan);
  const dead = withProblem(`${old} had no ready pod when the release began`, baseline);
  const sentence = `${candidate} is available and there was nothing to compare it with: ${dead}.`;
  return verdict(
    { word: "first-deployment", reason: "FirstDeployment", sentence },
    "candidate",
    "last-check",
  );
}

/** It is there, but nothing of it serves. */
export function baselineDown(plan: Plan, baseline: Workload, seconds: number): Verdict {
  const { old, new: candidate } = names(plan);
  const down = withProblem(`${old} is there but has had no ready pod for ${seconds} s`, baseline);
  const sentence = `${down}: all traffic goes to ${candidate}, which was not judged.`;
  return verdict({ word: "error", reason: "BaselineGone", sentence }, "candidate");
}

/** Both versions were taken away or are broken: nothing is left to route to. */
export function nobodyLeft(plan: Plan): Verdict {
  const { old, new: candidate } = names(plan);
  const sentence = `${old} was deleted during the run and ${candidate} has no ready pods: nothing serves ${plan.service}. Push a version that works.`;
  return verdict({ word: "error", reason: "BaselineGone", sentence }, "none");
}

export function ended(plan: Plan, how: "Cancelled" | "Interrupted"): Verdict {
  const back = plan.baseline === undefined ? `${plan.candidate} stays as it is` : `back to ${plan.baseline}`;
  return how === "Cancelled"
    ? verdict(
        { word: "aborted", reason: "Cancelled", sentence: `The run was cancelled: ${back}.` },
        safeSide(plan),
      )
    : verdict(
        {
          word: "error",
          reason: "Interrupted",
          sentence: `The run was interrupted before a verdict: ${back}. Run it again to release ${plan.candidate}.`,
        },
        safeSide(plan),
      );
}

function takenAway(plan: Plan): string {
  return plan.baseline === undefined
    ? `${plan.candidate} stays as it is, there is nothing to go back to`
    : `Back to ${plan.baseline}, ${plan.candidate} was taken away`;
}

/** Where traffic belongs when nothing was decided. */
function safeSide(plan: Plan): Verdict["winner"] {
  return plan.baseline === undefined ? "none" : "baseline";
}
