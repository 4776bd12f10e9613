/** The real clock. */
import type { Clock } from "../ports/clock.ts";

export interface RealClock extends Clock {
  /** From now on no sleep keeps the process alive. */
  release(): void;
}

/** Wall-clock time and real timers. */
export function realClock(): RealClock {
  const timers = new Set<NodeJS.Timeout>();
  let released = false;
  return {
    now: () => Date.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          clearTimeout(timer);
          timers.delete(timer);
          reject(signal?.reason);
        };
        const wake = () => {
          timers.delete(timer);
          signal?.removeEventListener("abort", stop);
          resolve();
        };
        // A moment that has passed meanwhile is due now.
        const timer = setTimeout(wake, Math.max(0, ms));
        timers.add(timer);
        if (released) timer.unref();
        signal?.addEventListener("abort", stop, { once: true });
      }),
    release: () => {
      released = true;
      for (const timer of timers) timer.unref();
    },
  };
}
