import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";

/** What every step program gets from the process edge. */
export interface Edge {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted by SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/** How a step program ends. */
export interface StepEnd {
  /** One of `EXIT`. */
  readonly exitCode: number;
  /** The last line of the log. */
  readonly sentence: string;
  /** Tekton results by name: short strings, together under 1 KB. */
  readonly results?: Readonly<Record<string, string>>;
}
