/** Counts what becomes of the requests, and says every 10 s how it goes. */
import type { LoadPlan } from "../lib/load/plan.ts";
import { type Counter, createCounter, describeTally, type Tally } from "../lib/load/summary.ts";
import type { Edge } from "../lib/process/step.ts";

const REPORT_EVERY_MS = 10_000;

export interface Progress {
  /** Everything since the beginning. */
  readonly total: Tally;
  count(change: (counter: Counter) => void): void;
  /** When the next line is due, ms since the epoch. */
  reportAt(): number;
  /** Logs what was counted since the last line, if one is due. */
  report(): void;
}

/** Counts from now on. A request counts in the line of when it left, its end in the line of when it ended. */
export function createProgress(plan: LoadPlan, { clock, log }: Pick<Edge, "clock" | "log">): Progress {
  const total = createCounter();
  let recent = createCounter();
  let reportedAt = clock.now();
  const reportAt = () => reportedAt + REPORT_EVERY_MS;
  return {
    total,
    count: (change) => {
      change(total);
      change(recent);
    },
    reportAt,
    report: () => {
      const now = clock.now();
      if (now < reportAt()) return;
      log.info(describeTally(recent, now - reportedAt, plan.intervalMs));
      recent = createCounter();
      reportedAt = now;
    },
  };
}
