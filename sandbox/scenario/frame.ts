/** Which part of a scenario's time belongs to one step, and the Experiment and outcome of its run. */
import { ANNOTATION, LABEL } from "../../steps/lib/experiment/names.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Sighting } from "./sightings.ts";
import type { ServiceName } from "./split.ts";

export interface Frame {
  readonly subject: ServiceName;
  /** The commit, empty for a step that is not about one. */
  readonly revision: string;
  /** Name of the PipelineRun, empty when none started. */
  readonly run: string;
  /** Only commit statuses of this context are the run's; left out when there is no run. */
  readonly context?: string;
  readonly from: number;
  readonly until: number;
  /** Statuses of the commit count for this step until the next step about the same commit. */
  readonly statusesUntil: number;
  /** Acts and users' replies count for when the traffic settled until the next step of any kind begins. */
  readonly settledUntil: number;
  /** ms until the mesh hears of an API server that is back. */
  readonly deafMs: number;
}

export interface OutcomeSeen {
  readonly word: string;
  readonly reason: string;
  readonly sentence: string;
}

/** The fields of an Experiment that an onlooker reads. */
export interface Experiment extends KubeObject {
  readonly spec?: {
    readonly targetService?: {
      readonly name?: string;
      readonly namespace?: string;
      readonly baseline?: string;
      readonly candidate?: string;
    };
    readonly trafficControl?: {
      readonly strategy?: string;
      readonly maxTrafficPercentage?: number;
      readonly steps?: readonly number[];
    };
  };
  readonly status?: {
    /** What was decided, recorded before traffic moves. */
    readonly loop?: { readonly verdict?: { readonly winner?: string } };
    readonly phase?: string;
    readonly message?: string;
    readonly outcome?: OutcomeSeen;
    readonly trafficSplitPercentage?: { readonly baseline?: number; readonly candidate?: number };
  };
}

/** The newest version of the Experiment that belongs to the frame's run. */
export function runExperiment(
  sightings: readonly Sighting[],
  frame: Pick<Frame, "run">,
): Experiment | undefined {
  if (frame.run === "") return undefined;
  let uid: string | undefined;
  let found: Experiment | undefined;
  for (const one of sightings) {
    if (one.kind !== "object") continue;
    if (one.object.kind === "PipelineRun" && one.object.metadata.name === frame.run)
      uid = one.object.metadata.uid;
    if (one.object.kind !== "Experiment") continue;
    const { labels, annotations } = one.object.metadata;
    const run = annotations?.[ANNOTATION.run];
    if ((uid !== undefined && labels?.[LABEL.run] === uid) || run?.split("/").at(-1) === frame.run)
      found = one.object;
  }
  return found;
}

/** How the run ended: as its Experiment says, else as the results of the first task that left some say. */
export function outcomeOf(
  sightings: readonly Sighting[],
  frame: Pick<Frame, "run">,
  experiment: Experiment | undefined,
): OutcomeSeen | undefined {
  if (experiment?.status?.outcome !== undefined) return experiment.status.outcome;
  if (frame.run === "") return undefined;
  let found: OutcomeSeen | undefined;
  for (const one of sightings) {
    if (one.kind !== "object" || one.object.kind !== "TaskRun") continue;
    if (one.object.metadata.labels?.["tekton.dev/pipelineRun"] !== frame.run) continue;
    const results = new Map(
      (
        (one.object as { status?: { results?: readonly { name: string; value: unknown }[] } }).status
          ?.results ?? []
      ).map(({ name, value }) => [name, String(value)]),
    );
    const word = results.get("outcome");
    if (word) found = { word, reason: results.get("reason") ?? "", sentence: results.get("sentence") ?? "" };
  }
  return found;
}
