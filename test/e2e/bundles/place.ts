/** A place whose runs have to come from a bundle, although the same Tasks and Pipeline are installed beside them. */
import type { Place } from "../../../sandbox/scenario/world.ts";
import { isFromBundle } from "./bundle.ts";

/** The same place. A run whose Pipeline or Task comes from elsewhere is a problem. */
export function onlyFromBundle(place: Place, reference: string): Place {
  return {
    ...place,
    start: (setting, folder, listeners) =>
      place.start(setting, folder, {
        ...listeners,
        change(event, staged) {
          const { kind, metadata } = event.object;
          const isRun = kind === "PipelineRun" || kind === "TaskRun";
          if (isRun && event.type === "ADDED" && !isFromBundle(event.object, reference)) {
            listeners.problem(`${kind} ${metadata.name} does not come from the bundle ${reference}`);
          }
          listeners.change(event, staged);
        },
      }),
  };
}
