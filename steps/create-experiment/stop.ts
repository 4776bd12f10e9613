/** A release that ends before it begins: with nothing to do, with bad input, or because something is away. */
import type { Outcome } from "../lib/experiment/outcome.ts";
import { formatProblem, type Problem } from "../lib/manifest/problem.ts";

export class Stop extends Error {
  override readonly name = "Stop";
  readonly outcome: Outcome;
  /** Every problem, for the log; the sentence may have to be shorter. */
  readonly details: readonly string[];

  constructor(outcome: Outcome, details: readonly string[] = []) {
    super(outcome.sentence);
    this.outcome = outcome;
    this.details = details;
  }
}

/** Bad input, in one sentence that says where and what to do. */
export function rejected(sentence: string): Stop {
  return new Stop({ word: "rejected", reason: "InvalidInput", sentence: `Rejected: ${sentence}` });
}

/** Bad input in several places: the log has a line for each, the sentence begins with the first. */
export function rejectedFor(problems: readonly Problem[]): Stop {
  const lines = problems.map(formatProblem);
  const [first = "", ...more] = lines;
  const others =
    more.length === 0 ? "" : ` (and ${more.length} more ${more.length === 1 ? "problem" : "problems"})`;
  const sentence = `Rejected: ${first}${others}`;
  return new Stop({ word: "rejected", reason: "InvalidInput", sentence }, more.length === 0 ? [] : lines);
}

export function unavailable(
  reason: "SourceUnavailable" | "MetricsUnavailable" | "QueueTimeout" | "ClusterUnavailable",
  sentence: string,
): Stop {
  return new Stop({ word: "error", reason, sentence });
}
