/** What the commit gets for each way in which a release can end. */
import { describe, expect, test } from "vitest";
import {
  commitState,
  OUTCOME_REASONS,
  OUTCOME_WORDS,
  type OutcomeReason,
  type OutcomeWord,
} from "../../../../steps/lib/experiment/outcome.ts";
import { exitCode } from "../../../../steps/lib/process/exit-codes.ts";

/** Outcome, reason, commit status, exit code; then both with fail-on-rollback: "false". */
const TABLE: readonly (readonly [OutcomeWord, OutcomeReason, string, number, string, number])[] = [
  ["promoted", "CriteriaMet", "success", 0, "success", 0],
  ["promoted", "Override", "success", 0, "success", 0],
  ["no-change", "OnSuccessBaseline", "success", 0, "success", 0],
  ["no-change", "SameTemplate", "success", 0, "success", 0],
  ["first-deployment", "FirstDeployment", "success", 0, "success", 0],
  ["superseded", "NewerCommit", "success", 0, "success", 0],
  ["rolled-back", "CriteriaFailed", "failure", 10, "success", 0],
  ["rolled-back", "CandidateUnavailable", "failure", 10, "success", 0],
  ["rolled-back", "Inconclusive", "failure", 10, "success", 0],
  ["aborted", "Override", "failure", 10, "failure", 10],
  ["aborted", "Cancelled", "error", 143, "error", 143],
  ["error", "MetricsUnavailable", "error", 3, "error", 3],
  ["error", "Interrupted", "error", 3, "error", 3],
  ["error", "BaselineGone", "error", 3, "error", 3],
  ["error", "SourceUnavailable", "error", 3, "error", 3],
  ["error", "ClusterUnavailable", "error", 3, "error", 3],
  ["error", "QueueTimeout", "error", 3, "error", 3],
  ["rejected", "InvalidInput", "failure", 2, "failure", 2],
];

describe("an outcome tells the commit and the task", () => {
  test.each(TABLE)("%s, %s: %s and exit code %i", (word, reason, state, code, kinderState, kinderCode) => {
    const outcome = { word, reason, sentence: "" };

    expect([commitState(outcome, true), exitCode(outcome, true)]).toEqual([state, code]);
    expect([commitState(outcome, false), exitCode(outcome, false)]).toEqual([kinderState, kinderCode]);
  });

  test("this table has every word and every reason", () => {
    expect(new Set(TABLE.map(([word]) => word))).toEqual(new Set(OUTCOME_WORDS));
    expect(new Set(TABLE.map(([, reason]) => reason))).toEqual(new Set(OUTCOME_REASONS));
  });
});
