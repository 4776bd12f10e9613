/** The pushed files: read once at exactly the pushed commit, and checked before anything in the cluster is looked at. */
import { type ReadContext, readExperiment } from "../lib/experiment/read.ts";
import type { ExperimentSpec } from "../lib/experiment/schema.ts";
import { type LoadSettings, readProperties } from "../lib/load/settings.ts";
import { AVAILABLE } from "../lib/loop/strategies/strategy.ts";
import type { FieldPath } from "../lib/manifest/plain-data.ts";
import { checkPolicy, deploymentOf } from "../lib/manifest/policy.ts";
import type { Problem } from "../lib/manifest/problem.ts";
import { readManifest } from "../lib/manifest/read.ts";
import { StepError } from "../lib/ports/errors.ts";
import type { Source } from "../lib/ports/forge.ts";
import type { Deployment, KubeObject } from "../lib/ports/kinds.ts";
import type { Config } from "./config.ts";
import { rejectedFor, unavailable } from "./stop.ts";

export interface Pushed {
  readonly deployment: Deployment;
  /** The file that the Deployment is in, for sentences. */
  readonly manifestFile: string;
  /** The other objects of the manifest. */
  readonly rest: readonly KubeObject[];
  /** Where a field of an object of the manifest was read. */
  readonly placeOf: (object: KubeObject, path: FieldPath) => Pick<Problem, "file" | "line">;
  /** Undefined when the repository brings no experiment. */
  readonly spec: ExperimentSpec | undefined;
  /** `metadata.name` of that experiment. */
  readonly experimentName: string | undefined;
  readonly properties: LoadSettings;
  readonly notes: readonly string[];
}

/** Service accounts that this bundle installs: a pod under one of them could do what the pipeline can. */
const OUR_SERVICE_ACCOUNTS = [
  "canary-listener",
  "canary-create",
  "canary-load",
  "canary-apply",
  "canary-wait",
  "canary-finish",
];

/** Throws Stop with every problem of every file. */
export async function readPushed(config: Config, source: Source): Promise<Pushed> {
  const [manifestFiles, experimentFiles, propertyFiles] = await fetchAll(config, source);
  const manifest = readManifest(manifestFiles);
  const context: ReadContext = {
    namespace: config.namespace,
    service: config.service,
    strategies: Object.keys(AVAILABLE) as ReadContext["strategies"],
  };
  const [experimentFile] = experimentFiles;
  const experiment = experimentFile === undefined ? undefined : readExperiment(experimentFile, context);
  const target = experiment?.spec?.targetService;
  const policy = checkPolicy(manifest.objects, {
    namespace: config.namespace,
    service: config.service,
    forbiddenServiceAccounts: OUR_SERVICE_ACCOUNTS,
    ...(config.metricsNamespace === config.namespace && { reservedConfigMaps: [config.metricsConfig] }),
    otherServices:
      target?.kind === "Service"
        ? [target.baseline, target.candidate].filter((name) => name !== undefined)
        : [],
  });
  const [propertyFile] = propertyFiles;
  const properties =
    propertyFile === undefined
      ? { properties: {}, problems: [] }
      : readProperties(propertyFile.text, propertyFile.path);

  const problems: Problem[] = [
    ...manifest.problems,
    ...(manifest.problems.length > 0 ? [] : manifest.objects.length > 0 ? policy : noManifest(config)),
    ...(experiment?.problems ?? []),
    // Load must never block a release: bad load settings are only told.
  ];
  const deployment = deploymentOf(manifest.objects);
  if (problems.length > 0 || deployment === undefined) throw rejectedFor(problems);
  const placeOf: Pushed["placeOf"] = (object, path) => {
    const found = manifest.objects.find((one) => one.object === object);
    return found === undefined
      ? { file: config.manifestPath }
      : { file: found.file, line: found.lineOf(path) };
  };
  return {
    deployment,
    manifestFile: placeOf(deployment, []).file,
    placeOf,
    rest: manifest.objects.map(({ object }) => object).filter((object) => object !== deployment),
    spec: experiment?.spec,
    experimentName: experiment?.name,
    properties: properties.properties,
    notes: [...(experiment?.notes ?? []), ...properties.problems],
  };
}

async function fetchAll(config: Config, source: Source) {
  const read = (path: string) => source.files(config.revision, path);
  try {
    return await Promise.all([
      read(config.manifestPath),
      read(config.experimentPath),
      read(config.propertiesPath),
    ]);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    throw unavailable(
      "SourceUnavailable",
      `The pushed files cannot be read: ${error.message}. Nothing was changed.`,
    );
  }
}

function noManifest({ manifestPath }: Config): readonly Problem[] {
  const message =
    "the pushed commit has no YAML or JSON file there; the Deployment belongs in it (param manifest-path)";
  return [{ file: manifestPath, message }];
}
