/** Exit codes of the step programs; docs/outcomes.md shows the same table. */
import type { Outcome } from "../experiment/outcome.ts";

export const EXIT = {
  done: 0,
  /** A bug of ours: the stack is printed. */
  unexpected: 1,
  /** A setting or an input is wrong; nothing was touched. */
  rejected: 2,
  /** Something we need does not answer or refuses. */
  error: 3,
  /** The release ended on the baseline; param `fail-on-rollback: "false"` makes it 0. */
  rolledBack: 10,
  /** SIGTERM. */
  terminated: 143,
} as const;

/** The exit code that tells `outcome`. */
export function exitCode(outcome: Outcome, failOnRollback: boolean): number {
  switch (outcome.word) {
    case "promoted":
    case "no-change":
    case "first-deployment":
    case "superseded":
      return EXIT.done;
    case "rolled-back":
      return failOnRollback ? EXIT.rolledBack : EXIT.done;
    case "aborted":
      return outcome.reason === "Cancelled" ? EXIT.terminated : EXIT.rolledBack;
    case "rejected":
      return EXIT.rejected;
    case "error":
      return EXIT.error;
  }
}
