/** What the parts of a playing scenario share, and small questions about the runs in its world. */
import { ANNOTATION, LABEL } from "../../steps/lib/experiment/names.ts";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { PipelineRun } from "../../steps/lib/ports/kinds.ts";
import { PIPELINE_NAMESPACE } from "../world/install.ts";
import type { Experiment } from "./frame.ts";
import type { Onlooker } from "./onlooker.ts";
import type { Expectation, Subject } from "./schema.ts";
import type { Place, World } from "./world.ts";

/** One push, rerun, webhook or wait, and what is known of it so far. */
export interface Played {
  readonly title: string;
  readonly expect: Expectation;
  readonly from: number;
  /** Undefined while it is not over. */
  until: number | undefined;
  revision: string;
  /** Its PipelineRuns, by name; several when one push concerns several services. */
  readonly runs: string[];
  /** What could not be done as the file says. */
  readonly problems: string[];
}

export interface Stage {
  readonly place: Place;
  readonly world: World;
  readonly onlooker: Onlooker;
  readonly clock: Clock;
  readonly subjects: readonly Subject[];
  /** In the order in which they began. */
  readonly played: Played[];
  /** Tells whoever watches what happens. */
  readonly tell: (text: string) => void;
}

export function pipelineRuns({ onlooker }: Stage): readonly PipelineRun[] {
  return onlooker.view.list("PipelineRun", PIPELINE_NAMESPACE);
}

export function paramOf(run: PipelineRun, name: string): string | undefined {
  const params = run.spec["params"] as
    | readonly { readonly name: string; readonly value: string }[]
    | undefined;
  return params?.find((param) => param.name === name)?.value;
}

/** Done in Tekton's eyes, and every process of it has ended too: a cancelled one lives on for up to 30 s. */
export function isOver({ world, onlooker }: Stage, name: string): boolean {
  const run = onlooker.view.get("PipelineRun", PIPELINE_NAMESPACE, name);
  if (run !== undefined && run.status?.completionTime === undefined) return false;
  return !world.isWorking(name);
}

/** The Experiment of the run, while it exists. */
export function experimentOf({ onlooker, subjects }: Stage, name: string): Experiment | undefined {
  const uid = onlooker.view.get("PipelineRun", PIPELINE_NAMESPACE, name)?.metadata.uid;
  const all = [...new Set(subjects.map(({ namespace }) => namespace))].flatMap((namespace) =>
    onlooker.view.list("Experiment", namespace),
  );
  return all.find(
    ({ metadata }) =>
      (uid !== undefined && metadata.labels?.[LABEL.run] === uid) ||
      metadata.annotations?.[ANNOTATION.run] === `${PIPELINE_NAMESPACE}/${name}`,
  );
}

/** The service that the run releases; the scenario's first one when the run is not known. */
export function subjectOf(stage: Stage, name: string | undefined): Subject {
  const run =
    name === undefined ? undefined : stage.onlooker.view.get("PipelineRun", PIPELINE_NAMESPACE, name);
  const [first] = stage.subjects;
  if (first === undefined) throw new Error("a scenario has at least one service");
  if (run === undefined) return first;
  const [service, namespace] = [paramOf(run, "service"), paramOf(run, "namespace")];
  return stage.subjects.find((one) => one.service === service && one.namespace === namespace) ?? first;
}

/** The context under which the run tells its commit. */
export function statusContext(stage: Stage, name: string): string {
  const { service, namespace } = subjectOf(stage, name);
  const run = stage.onlooker.view.get("PipelineRun", PIPELINE_NAMESPACE, name);
  return (run && paramOf(run, "status-context")) || `canary/${namespace}/${service}`;
}
