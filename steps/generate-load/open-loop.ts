/**
 * Open-loop load: requests leave when they are due, whatever became of those before, and their latency counts from when
 * they were due. A slow application thus gets no fewer requests, and its slowness can't hide in a queue of ours.
 */
import { createSchedule, dueNow, dueTime } from "../lib/load/pacing.ts";
import type { LoadPlan } from "../lib/load/plan.ts";
import type { Sender } from "../lib/load/sender.ts";
import type { Tally } from "../lib/load/summary.ts";
import type { Edge } from "../lib/process/step.ts";
import { createProgress } from "./progress.ts";

/** With this many requests open, those that are due are skipped: the application is drowning, or does not answer. */
const MAX_OPEN = 200;
/** How long the last requests may still take. */
const GRACE_MS = 2000;

export interface LoadDeps extends Edge {
  readonly sender: Sender;
}

export interface LoadEnd {
  readonly tally: Tally;
  /** Without the grace at the end. */
  readonly elapsedMs: number;
  /** The address is, or resolves to, one that load is never sent to. */
  readonly isForbidden: boolean;
}

/**
 * Sends load as planned until its duration is over or `signal` is aborted, with a line in the log every 10 s. Requests
 * that are still open 2 s later are cut off and counted as such; `sender` is closed then.
 */
export async function sendLoad(plan: LoadPlan, { clock, log, sender, signal }: LoadDeps): Promise<LoadEnd> {
  const start = clock.now();
  const end = start + plan.durationMs;
  const schedule = createSchedule(start, plan.intervalMs, plan.durationMs);
  const progress = createProgress(plan, { clock, log });
  const open = new Set<Promise<void>>();
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  let isForbidden = false;
  let next = 0;

  const send = async (due: number) => {
    progress.count((counter) => counter.countSent());
    const answer = await sender.send(plan.target);
    const latency = clock.now() - due;
    progress.count((counter) => counter.countEnded(answer, latency));
    if ("failure" in answer && answer.failure === "link-local address") {
      isForbidden = true;
      failed.abort();
    }
  };

  const sendDue = () => {
    const { late, send: due } = dueNow(schedule, next, clock.now());
    const free = Math.min(due, MAX_OPEN - open.size);
    for (let index = next + late; index < next + late + free; index += 1) {
      const request: Promise<void> = send(dueTime(schedule, index))
        .catch((error: unknown) => failed.abort(error))
        .finally(() => open.delete(request));
      open.add(request);
    }
    next += late + due;
    progress.count((counter) => {
      counter.countSkipped("the load generator was held up", late);
      counter.countSkipped("too many requests open", due - free);
    });
  };

  while (!stop.aborted && clock.now() < end) {
    progress.report();
    sendDue();
    const wakeAt = Math.min(dueTime(schedule, next), progress.reportAt(), end);
    await clock.sleep(wakeAt - clock.now(), stop).catch(() => undefined);
  }
  // Held up until after the end: what was due meanwhile counts.
  if (!stop.aborted) sendDue();
  const elapsedMs = clock.now() - start;

  const answered = new AbortController();
  const all = Promise.all(open).then(() => answered.abort());
  await clock.sleep(GRACE_MS, answered.signal).catch(() => undefined);
  sender.close();
  await all;
  if (failed.signal.aborted && !isForbidden) throw failed.signal.reason;
  return { tally: progress.total, elapsedMs, isForbidden };
}
