/** Experiments in the cluster: reading them as what the schema says, and finding the ones of a run or a service. */
import { LABEL } from "../experiment/names.ts";
import { type Experiment, experiment, experimentAction } from "../experiment/schema.ts";
import { formatPath, valueAt } from "../manifest/plain-data.ts";
import type { Cluster } from "../ports/cluster.ts";
import { InvalidError } from "../ports/errors.ts";
import type { KubeObject } from "../ports/kinds.ts";

/** An Experiment as it stands in the cluster, where anybody may have edited it. */
export type LiveExperiment = Experiment & {
  /** Why its spec cannot be read: `FIELD what is wrong`. Then all but its names and its route is a default. */
  readonly unreadable?: string;
};

/**
 * Throws InvalidError when it is no Experiment. One whose spec alone cannot be read is given back with what ends it:
 * names, route, action and status.
 */
export function parseExperiment(object: KubeObject): LiveExperiment {
  const parsed = experiment.safeParse(object);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.filter((step) => typeof step !== "symbol") ?? [];
  const unreadable = `${formatPath(path)} ${issue?.message}`;
  const ending = experiment.safeParse(withoutRest(object));
  if (ending.success) return { ...ending.data, unreadable };
  const where = `Experiment ${object.metadata.namespace}/${object.metadata.name}`;
  throw new InvalidError(`could not read ${where}: ${unreadable}`);
}

function withoutRest(object: KubeObject): object {
  const { apiVersion, kind, metadata, status } = object;
  const [targetService, routing] = ["targetService", "routing"].map((key) => valueAt(object, ["spec", key]));
  const action = experimentAction.safeParse(object["action"]).data;
  return { apiVersion, kind, metadata, spec: { targetService, routing }, action, status };
}

export async function getExperiment(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<LiveExperiment | undefined> {
  const object = await cluster.get("Experiment", namespace, name);
  return object === undefined ? undefined : parseExperiment(object);
}

/** The Experiment that the run made, if it got that far. */
export async function experimentOfRun(
  cluster: Cluster,
  namespace: string,
  runUid: string,
): Promise<LiveExperiment | undefined> {
  const [found] = await cluster.list("Experiment", namespace, { [LABEL.run]: runUid });
  return found === undefined ? undefined : parseExperiment(found);
}

/** All Experiments of the service, the one that ended last at the end, open ones after it. */
export async function experimentsOf(
  cluster: Cluster,
  namespace: string,
  service: string,
): Promise<readonly LiveExperiment[]> {
  const all = await cluster.list("Experiment", namespace, { [LABEL.service]: service });
  const end = ({ status }: Experiment) =>
    status?.phase === "Completed" ? (status.endTimestamp ?? 0) : Infinity;
  return all.map(parseExperiment).sort((a, b) => end(a) - end(b));
}
