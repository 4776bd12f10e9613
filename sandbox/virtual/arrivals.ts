/** How many requests a pod got within the last second: what the demo app's overload looks at. */
import type { Clock } from "../../steps/lib/ports/clock.ts";

export function createArrivals(clock: Clock): { add(pod: string): number } {
  const arrivals = new Map<string, readonly number[]>();
  return {
    /** Counts one request to `pod`; gives the number within the last second, this one included. */
    add(pod) {
      const now = clock.now();
      const recent = [...(arrivals.get(pod) ?? []).filter((at) => now - at < 1000), now];
      arrivals.set(pod, recent);
      return recent.length;
    },
  };
}
