/** When requests leave: an absolute schedule that no answer, late timer or slow machine can stretch. */

export interface Schedule {
  /** When request 0 is due, ms since the epoch. */
  readonly start: number;
  readonly intervalMs: number;
  /** How many requests the whole schedule has. */
  readonly count: number;
}

/** A request that is late by this much is not sent any more: a program that was held up must not answer with a burst. */
export const CATCH_UP_MS = 1000;

/** The schedule with one request every `intervalMs` from `start` on, the last one before `start + durationMs`. */
export function createSchedule(start: number, intervalMs: number, durationMs: number): Schedule {
  return { start, intervalMs, count: Math.ceil(durationMs / intervalMs) };
}

/** When request `index` (from 0) is due, ms since the epoch. */
export function dueTime({ start, intervalMs }: Schedule, index: number): number {
  return start + index * intervalMs;
}

/** How many requests are due at `now` or were before. */
export function dueCount(schedule: Schedule, now: number): number {
  let count = Math.floor((now - schedule.start) / schedule.intervalMs) + 1;
  // The division may be off by one where an interval is no binary fraction; dueTime decides.
  if (dueTime(schedule, count) <= now) count += 1;
  else if (dueTime(schedule, count - 1) > now) count -= 1;
  return Math.min(Math.max(count, 0), schedule.count);
}

/** Of the requests from `next` on: how many are `late` for good, and how many to `send` now. The late come first. */
export function dueNow(schedule: Schedule, next: number, now: number): { late: number; send: number } {
  const due = Math.max(dueCount(schedule, now), next);
  const tooLate = Math.max(dueCount(schedule, now - CATCH_UP_MS), next);
  return { late: tooLate - next, send: due - tooLate };
}
