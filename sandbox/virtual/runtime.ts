/** Containers in virtual time: they become ready (as with a probe), crash and stop when their image's behaviour says so. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import { type Behaviour, conductAt } from "../workloads/behaviour.ts";
import type { Runtime } from "../workloads/runtime.ts";

const START_MS = 200;
const CRASH_CODE = 1;

export function virtualRuntime(clock: Clock, images: Readonly<Record<string, Behaviour>>): Runtime {
  return {
    pull: (image) => {
      const behaviour = images[image];
      if (behaviour === undefined) return `image ${image} does not exist`;
      return behaviour.pull === false ? `image ${image} cannot be pulled` : undefined;
    },
    start: (pod, listener) => {
      const containers = (pod["spec"] as { containers?: readonly { image?: string }[] } | undefined)
        ?.containers;
      const behaviour = images[containers?.[0]?.image ?? ""] ?? {};
      const stopped = new AbortController();
      const live = async () => {
        await clock.sleep(START_MS, stopped.signal);
        if (behaviour.crash === true) return listener.exited(CRASH_CODE);
        await clock.sleep(behaviour["ready-after"] ?? 0, stopped.signal);
        listener.listening(1);
        listener.ready();
        const after = behaviour.then?.after;
        if (after === undefined || conductAt(behaviour, after).crash !== true) return;
        await clock.sleep(Math.max(0, after - START_MS), stopped.signal);
        listener.exited(CRASH_CODE);
      };
      live().catch(() => {});
      return {
        async stop() {
          stopped.abort();
        },
      };
    },
  };
}
