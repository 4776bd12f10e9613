/** Named one-shot timers on a `Clock`. */
import type { Clock } from "../../steps/lib/ports/clock.ts";

export interface Timers {
  /** Runs `action` after `ms`, instead of what was to run under `key`. */
  set(key: string, ms: number, action: () => void): void;
  cancel(key: string): void;
  cancelAll(): void;
}

/** `onError` gets what an action throws. */
export function createTimers(clock: Clock, onError: (error: unknown) => void): Timers {
  const running = new Map<string, AbortController>();

  function cancel(key: string): void {
    running.get(key)?.abort(new Error("the timer was cancelled"));
    running.delete(key);
  }

  return {
    set(key, ms, action) {
      cancel(key);
      const controller = new AbortController();
      running.set(key, controller);
      clock
        .sleep(ms, controller.signal)
        .then(() => {
          if (controller.signal.aborted) return;
          running.delete(key);
          action();
        })
        .catch((error: unknown) => {
          if (!controller.signal.aborted) onError(error);
        });
    },
    cancel,
    cancelAll: () => {
      for (const key of [...running.keys()]) cancel(key);
    },
  };
}
