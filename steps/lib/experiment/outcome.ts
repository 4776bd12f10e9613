/** How a release ends: one word, one reason, one sentence; the same in log, Experiment, commit status and report. */
import type { CommitState } from "../ports/forge.ts";

export const OUTCOME_WORDS = [
  "promoted",
  "no-change",
  "first-deployment",
  "rolled-back",
  "aborted",
  "superseded",
  "error",
  "rejected",
] as const;

export const OUTCOME_REASONS = [
  "CriteriaMet",
  "OnSuccessBaseline",
  "FirstDeployment",
  "SameTemplate",
  "CriteriaFailed",
  "CandidateUnavailable",
  "Inconclusive",
  "Override",
  "Cancelled",
  "NewerCommit",
  "MetricsUnavailable",
  "Interrupted",
  "BaselineGone",
  "SourceUnavailable",
  "ClusterUnavailable",
  "QueueTimeout",
  "InvalidInput",
] as const;

export type OutcomeWord = (typeof OUTCOME_WORDS)[number];
export type OutcomeReason = (typeof OUTCOME_REASONS)[number];

export interface Outcome {
  readonly word: OutcomeWord;
  readonly reason: OutcomeReason;
  /** Which check, which numbers, how many requests on each side: what a reader can act on. */
  readonly sentence: string;
}

/** The state that the commit gets. */
export function commitState(outcome: Outcome, failOnRollback: boolean): CommitState {
  switch (outcome.word) {
    case "promoted":
    case "no-change":
    case "first-deployment":
    case "superseded":
      return "success";
    case "rolled-back":
      return failOnRollback ? "failure" : "success";
    case "aborted":
      return outcome.reason === "Cancelled" ? "error" : "failure";
    case "rejected":
      return "failure";
    case "error":
      return "error";
  }
}
