/** Watches a world while a scenario plays, keeps everything it sees, and lets others wait for what they need to see. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { AnsweredWrite } from "../cluster/server.ts";
import { isInEveryNamespace } from "../world/every-namespace.ts";
import type { WorldListeners } from "../world.ts";
import type { Sighting } from "./sightings.ts";
import { createView, type View } from "./view.ts";

export interface Onlooker extends WorldListeners {
  /** In the order of time, commit statuses left out: the forge has them. */
  readonly seen: readonly Sighting[];
  /** The objects as they are now. */
  readonly view: View;
  /** What does not work in the world itself. */
  readonly problems: readonly string[];
  add(sighting: Sighting): void;
  /** Hears every sighting from now on, at once; returns the way to stop. */
  listen(listener: (sighting: Sighting) => void): () => void;
  /** Hears every answered write of a step; returns the way to stop. */
  onWrite(listener: (write: AnsweredWrite) => void): () => void;
}

export function createOnlooker(clock: Clock): Onlooker {
  const seen: Sighting[] = [];
  const problems: string[] = [];
  const view = createView();
  const listeners = new Set<(sighting: Sighting) => void>();
  const writeListeners = new Set<(write: AnsweredWrite) => void>();
  const add = (sighting: Sighting) => {
    seen.push(sighting);
    if (sighting.kind === "object") view.see(sighting);
    for (const listener of [...listeners]) listener(sighting);
  };
  return {
    seen,
    view,
    problems,
    add,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onWrite(listener) {
      writeListeners.add(listener);
      return () => void writeListeners.delete(listener);
    },
    change({ type, object }, staged) {
      if (isInEveryNamespace(object)) return;
      add({ kind: "object", at: clock.now(), change: type, object, staged });
    },
    line: ({ at, pipelineRun, pipelineTask, step, text }) =>
      add({ kind: "output", at, source: `${pipelineRun}/${pipelineTask}/${step}`, text }),
    write(write) {
      for (const listener of [...writeListeners]) listener(write);
    },
    trigger(event) {
      if (event.kind === "rejected")
        add({ kind: "output", at: clock.now(), source: "listener", text: event.why });
    },
    problem: (text) => void problems.push(text),
  };
}
