/** Experiments in the cluster: reading them as what the schema says, and finding the ones of a run or a service. */
import { LABEL } from "../experiment/names.ts";
import { type Experiment, experiment } from "../experiment/schema.ts";
import type { Cluster } from "../ports/cluster.ts";
import { InvalidError } from "../ports/errors.ts";
import type { KubeObject } from "../ports/kinds.ts";

/** Throws InvalidError when somebody has edited it into something that is no Experiment. */
export function parseExperiment(object: KubeObject): Experiment {
  const parsed = experiment.safeParse(object);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = `Experiment ${object.metadata.namespace}/${object.metadata.name}`;
  throw new InvalidError(`could not read ${where}: ${issue?.path.join(".")}: ${issue?.message}`);
}

export async function getExperiment(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Experiment | undefined> {
  const object = await cluster.get("Experiment", namespace, name);
  return object === undefined ? undefined : parseExperiment(object);
}

/** The Experiment that the run made, if it got that far. */
export async function experimentOfRun(
  cluster: Cluster,
  namespace: string,
  runUid: string,
): Promise<Experiment | undefined> {
  const [found] = await cluster.list("Experiment", namespace, { [LABEL.run]: runUid });
  return found === undefined ? undefined : parseExperiment(found);
}

/** All Experiments of the service, the one that ended last at the end, open ones after it. */
export async function experimentsOf(
  cluster: Cluster,
  namespace: string,
  service: string,
): Promise<readonly Experiment[]> {
  const all = await cluster.list("Experiment", namespace, { [LABEL.service]: service });
  const end = ({ status }: Experiment) =>
    status?.phase === "Completed" ? (status.endTimestamp ?? 0) : Infinity;
  return all.map(parseExperiment).sort((a, b) => end(a) - end(b));
}
