/**
 * Time for tests: it moves only when everything that can happen now has happened, and then straight to the next timer.
 * Hours pass in milliseconds, and the same test always sees the same order of events.
 */
import type { Clock } from "../../steps/lib/ports/clock.ts";

export interface VirtualClock extends Clock {
  /**
   * Lets time pass until `promise` settles, and returns its value or throws its error. Throws when no timer is left that
   * could settle it, or when `limitMs` of virtual time (default: a week) have passed. Timers of others stay pending.
   */
  runUntil<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
  /** Lets `ms` pass; everything that is due until then, that moment included, happens. */
  runFor(ms: number): Promise<void>;
  /** How many sleeps are pending. */
  pending(): number;
}

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

const WEEK_MS = 7 * 24 * 3_600_000;

/**
 * A clock that stands at `start` (ms since the epoch). Timers of the same moment go off in the order in which they were
 * set, one at a time: between two of them all pending microtasks run, and the immediates queued by then. It knows
 * nothing of sockets, files and other real waiting: code that needs them can't run on virtual time.
 */
export function createVirtualClock(start = Date.UTC(2030, 0, 1)): VirtualClock {
  /** Sorted by time, latest first, so that the next one is at the end. */
  const timers: Timer[] = [];
  let now = start;
  let running = false;

  const add = (timer: Timer) => {
    let low = 0;
    let high = timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((timers[middle]?.at ?? 0) > timer.at) low = middle + 1;
      else high = middle;
    }
    timers.splice(low, 0, timer);
  };

  const remove = (timer: Timer) => {
    const index = timers.indexOf(timer);
    if (index >= 0) timers.splice(index, 1);
  };

  /** Fires timers until `enough` says so or none is left up to `end`. */
  const run = async (end: number, enough: () => boolean) => {
    if (running)
      throw new Error("the virtual clock is running already: only one runUntil or runFor at a time");
    running = true;
    try {
      for (;;) {
        await quiet();
        const next = timers.at(-1);
        if (enough() || next === undefined || next.at > end) return;
        timers.pop();
        now = Math.max(now, next.at);
        next.wake();
      }
    } finally {
      running = false;
    }
  };

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (Number.isNaN(ms)) throw new RangeError("cannot sleep NaN ms");
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          remove(timer);
          reject(signal?.reason);
        };
        const timer: Timer = {
          at: now + Math.max(0, ms),
          wake: () => {
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        };
        signal?.addEventListener("abort", stop, { once: true });
        add(timer);
      }),
    runUntil: async (promise, limitMs = WEEK_MS) => {
      let settled = false;
      const settle = () => {
        settled = true;
      };
      promise.then(settle, settle);
      await run(now + limitMs, () => settled);
      if (settled) return promise;
      const waits =
        timers.length === 0 ? "no timer is left" : `${limitMs / 1000} s of virtual time have passed`;
      throw new Error(`the promise has not settled although ${waits}`);
    },
    runFor: async (ms) => {
      const end = now + ms;
      await run(end, () => false);
      now = end;
    },
    pending: () => timers.length,
  };
}

/** Resolves when no microtask is pending. The second turn is for immediates that were queued meanwhile. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
