/** A clock that stands still until the test moves it. */
import type { Clock } from "../../../steps/lib/ports/clock.ts";

export interface ManualClock extends Clock {
  /** Moves on, waking sleepers in the order of their times. */
  advance(ms: number): Promise<void>;
}

export function manualClock(start = Date.UTC(2030, 0, 1)): ManualClock {
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  let time = start;

  return {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: time + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    async advance(ms) {
      const end = time + ms;
      for (;;) {
        const next = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        sleepers.delete(next);
        time = next.at;
        next.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      time = end;
    },
  };
}
