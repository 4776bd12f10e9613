/** A runtime whose containers do what the test says, when it says so. */

import type { ContainerListener, Runtime } from "../../../sandbox/workloads/runtime.ts";
import type { Pod } from "../../../steps/lib/ports/kinds.ts";

export interface StartedContainer {
  readonly pod: Pod;
  readonly listener: ContainerListener;
  stopped: boolean;
}

export interface ManualRuntime extends Runtime {
  /** Every container that was started, in order. */
  readonly started: readonly StartedContainer[];
}

export function manualRuntime(missing: readonly string[] = []): ManualRuntime {
  const started: StartedContainer[] = [];
  return {
    started,
    pull: (image) => (missing.includes(image) ? `${image}: not found` : undefined),
    start: (pod, listener) => {
      const container = { pod, listener, stopped: false };
      started.push(container);
      return {
        stop: async () => {
          container.stopped = true;
        },
      };
    },
  };
}
