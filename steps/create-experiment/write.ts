/** Writes a release down: the Experiment, then the ConfigMap with the checked objects, then the route. */
import { ANNOTATION, LABEL, releaseConfigMapName } from "../lib/experiment/names.ts";
import type { Experiment, ExperimentSpec } from "../lib/experiment/schema.ts";
import { initialStatus, isCompleted } from "../lib/experiment/status.ts";
import { AlreadyExistsError } from "../lib/ports/errors.ts";
import type { Deployment } from "../lib/ports/kinds.ts";
import { getExperiment, parseExperiment } from "../lib/release/experiments.ts";
import type { World } from "../lib/release/release.ts";
import { releaseConfigMap, type StoredRelease } from "../lib/release/stored.ts";
import type { Config } from "./config.ts";
import { rejected } from "./stop.ts";

export interface NewExperiment {
  readonly candidate: string;
  /** Undefined for a first deployment. */
  readonly baseline: string | undefined;
  readonly spec: ExperimentSpec;
  readonly metrics: NonNullable<Experiment["metrics"]>;
}

/** Creates the Experiment, or finds the one that this run created before it was killed. */
export async function writeExperiment(
  world: World,
  config: Config,
  wanted: NewExperiment,
): Promise<Experiment> {
  const { cluster, clock } = world;
  const { namespace } = config;
  const before = await getExperiment(cluster, namespace, wanted.candidate);
  const own = before?.metadata.labels?.[LABEL.run] === config.run.uid ? before : undefined;
  if (own?.status?.createTimestamp !== undefined) return own;
  if (before !== undefined && own === undefined) {
    if (!isCompleted(before)) {
      throw rejected(
        `an Experiment ${namespace}/${wanted.candidate} that this pipeline did not create is not completed; delete it.`,
      );
    }
    await cluster.remove("Experiment", namespace, wanted.candidate, before.metadata.uid);
  }
  const created = own ?? (await cluster.create("Experiment", experimentObject(config, wanted, before)));
  const { resourceVersion } = created.metadata;
  const patch = { metadata: { resourceVersion }, status: initialStatus(clock.now()) };
  return parseExperiment(await cluster.patch("Experiment", namespace, wanted.candidate, patch, "status"));
}

function experimentObject(config: Config, wanted: NewExperiment, before: Experiment | undefined) {
  const { spec, metrics, baseline, candidate } = wanted;
  const { baseline: _template, ...target } = spec.targetService;
  return {
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: {
      name: candidate,
      namespace: config.namespace,
      labels: { [LABEL.service]: config.service, [LABEL.run]: config.run.uid },
      annotations: {
        [ANNOTATION.repository]: config.repository,
        [ANNOTATION.revision]: config.revision,
        [ANNOTATION.statusContext]: config.statusContext,
        [ANNOTATION.run]: `${config.run.namespace}/${config.run.name}`,
        ...(before !== undefined && { [ANNOTATION.previous]: summary(before) }),
      },
    },
    spec: {
      ...spec,
      targetService: {
        ...target,
        name: config.service,
        candidate,
        ...(baseline !== undefined && { baseline }),
      },
      analysis: {
        ...spec.analysis,
        ...(config.grafanaUrl !== undefined && { grafanaEndpoint: config.grafanaUrl }),
      },
    },
    metrics,
  };
}

/** One line about the Experiment of the same name that is replaced. */
function summary({ metadata, status }: Experiment): string {
  const run = metadata.annotations?.[ANNOTATION.run] ?? "unknown run";
  return `${run}: ${status?.outcome?.word ?? status?.message ?? "no outcome"}, ${status?.outcome?.sentence ?? ""}`.slice(
    0,
    500,
  );
}

export async function writeStored(
  world: World,
  config: Config,
  experiment: Experiment,
  stored: StoredRelease,
): Promise<void> {
  const { name, uid = "" } = experiment.metadata;
  const configMap = releaseConfigMap(stored, {
    name: releaseConfigMapName(name),
    namespace: config.namespace,
    labels: { [LABEL.service]: config.service },
    owner: { apiVersion: experiment.apiVersion, kind: experiment.kind, name, uid },
  });
  try {
    await world.cluster.create("ConfigMap", configMap);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
    // Of this run, before it was killed; or of a replaced Experiment whose clean-up is not through yet.
    await world.cluster.remove("ConfigMap", config.namespace, configMap.metadata.name);
    await world.cluster.create("ConfigMap", configMap);
  }
}

/** What is stored for the later steps. */
export function storedOf(
  candidate: Deployment,
  rest: StoredRelease["rest"],
  properties: Readonly<Record<string, string | undefined>>,
): StoredRelease {
  const set = Object.entries(properties).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { deployment: candidate, rest, properties: Object.fromEntries(set) };
}
