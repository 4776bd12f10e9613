/** Waits for the moment of an event: some time after the step's start, a weight, or a write of the loop. */

import type { ScenarioEvent } from "./schema.ts";
import { splitOf } from "./split.ts";
import { experimentOf, type Played, type Stage, subjectOf } from "./stage.ts";

/**
 * Calls `now` once when the moment has come: as soon as the write that made it so is done, before its writer can have read
 * the answer. `signal` ends the waiting.
 */
export function atMoment(
  stage: Stage,
  played: Played,
  when: ScenarioEvent["when"],
  signal: AbortSignal,
  now: () => void,
): void {
  const { clock, onlooker } = stage;
  let stop = () => {};
  const once = () => {
    stop();
    // Not in the midst of a write: what `now` writes is a change of its own.
    queueMicrotask(() => {
      if (!signal.aborted) now();
    });
  };
  if (when.after !== undefined) {
    const left = played.from + when.after - clock.now();
    clock.sleep(Math.max(0, left), signal).then(once, () => {});
    return;
  }
  const { weight, write } = when;
  if (weight !== undefined) {
    stop = onlooker.listen((sighting) => {
      if (
        sighting.kind === "object" &&
        sighting.object.kind === "VirtualService" &&
        reached(stage, played, weight)
      )
        once();
    });
  }
  if (write !== undefined) {
    let writes = 0;
    stop = onlooker.onWrite(({ caller }) => {
      if (!isLoop(stage, played, caller.process)) return;
      writes += 1;
      if (writes === write) once();
    });
  }
  signal.addEventListener("abort", stop, { once: true });
}

function reached(stage: Stage, played: Played, weight: number): boolean {
  return played.runs.some((run) => {
    const candidate = experimentOf(stage, run)?.spec?.targetService?.candidate;
    const split = splitOf(stage.onlooker.view, subjectOf(stage, run));
    return candidate !== undefined && (split[candidate] ?? 0) >= weight;
  });
}

/** Whether `process` (`<TaskRun>/<step>`) is the loop of one of the step's runs, and not the finally task's settling. */
function isLoop({ onlooker }: Stage, played: Played, process: string): boolean {
  const [taskRun, step] = process.split("/");
  if (step !== "wait-and-cleanup") return false;
  const labels = onlooker.view.list("TaskRun").find(({ metadata }) => metadata.name === taskRun)
    ?.metadata.labels;
  return played.runs.includes(labels?.["tekton.dev/pipelineRun"] ?? "");
}
