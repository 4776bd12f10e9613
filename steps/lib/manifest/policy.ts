/** What a push may change. Checked before any write; every problem is told, each at its line. */
import { isDnsLabel, LABEL } from "../experiment/names.ts";
import { type Deployment, KINDS } from "../ports/kinds.ts";
import { autoscalerFindings, budgetFindings, configMapFindings, serviceFindings } from "./beside-policy.ts";
import { deploymentFindings, stringMap } from "./deployment-policy.ts";
import { type FieldPath, formatPath, isRecord, valueAt } from "./plain-data.ts";
import { podFindings } from "./pod-policy.ts";
import type { Finding, Problem } from "./problem.ts";
import type { ManifestObject } from "./read.ts";

export interface Policy {
  readonly namespace: string;
  /** The Service that the pipeline was told to release. */
  readonly service: string;
  /** Service accounts of the pipeline: a pod under one of them could do what the pipeline can. */
  readonly forbiddenServiceAccounts: readonly string[];
  /** More Services that may be in the manifest: those that a `kind: Service` target names. */
  readonly otherServices?: readonly string[];
  /**
   * Secrets that pods of a push must not read. Default: those that the Tasks and the listener mount; none is needed
   * where the pipeline lives in another namespace.
   */
  readonly forbiddenSecrets?: readonly string[];
  /** ConfigMaps of the pipeline in this namespace, such as the one with the metrics: a push must not be its own judge. */
  readonly reservedConfigMaps?: readonly string[];
}

const PIPELINE_SECRETS = ["github-token", "github-webhook", "prometheus-auth"];

const ALLOWED = [
  "Deployment",
  "Service",
  "ConfigMap",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
] as const;
type AllowedKind = (typeof ALLOWED)[number];
const METADATA = ["name", "namespace", "labels", "annotations"];
const POD_METADATA = ["name", "labels", "annotations"];
/** Labels and annotations by which we and Iter8 find things. */
const RESERVED = /^(tekton-canary|iter8-tools)\//;

/** Everything that `objects` ask for and a push must not have. Empty: the manifest may be applied. */
export function checkPolicy(objects: readonly ManifestObject[], policy: Policy): readonly Problem[] {
  const problems = objects.flatMap((one) =>
    findings(one, objects, policy).map(({ path, message }) => ({
      file: one.file,
      line: one.lineOf(path),
      ...(path.length > 0 && { field: formatPath(path) }),
      message,
    })),
  );
  return [...problems, ...deploymentCount(objects)];
}

/** The Deployment of a manifest that was checked. */
export function deploymentOf(objects: readonly ManifestObject[]): Deployment | undefined {
  // The reader vouches for apiVersion, kind and name, the policy for selector and template.
  return objects.find(({ object }) => object.kind === "Deployment")?.object as Deployment | undefined;
}

/** Whether a Deployment that exists was applied by us for `service`. */
export function isOurs(deployment: Deployment, service: string): boolean {
  return deployment.metadata.labels?.[LABEL.service] === service;
}

function deploymentCount(objects: readonly ManifestObject[]): readonly Problem[] {
  const deployments = objects.filter(({ object }) => object.kind === "Deployment");
  if (deployments.length === 1) return [];
  const [first] = objects;
  if (deployments.length === 0) {
    const message = "the manifest must have exactly one Deployment, it has none";
    return [{ file: first?.file ?? "(manifest)", message }];
  }
  const names = deployments.map(({ object }) => object.metadata.name).join(", ");
  return deployments.slice(1).map(({ file, lineOf }) => ({
    file,
    line: lineOf([]),
    message: `the manifest must have exactly one Deployment, it has ${deployments.length}: ${names}`,
  }));
}

function findings(one: ManifestObject, all: readonly ManifestObject[], policy: Policy): readonly Finding[] {
  const { object } = one;
  const kind = ALLOWED.find((allowed) => allowed === object.kind);
  if (kind === undefined) {
    return [
      {
        path: ["kind"],
        message: `a push must not hold objects of kind ${object.kind}, only ${ALLOWED.join(", ")}`,
      },
    ];
  }
  const same = all.find(
    (other) => other.object.kind === kind && other.object.metadata.name === object.metadata.name,
  );
  const found: Finding[] = [...metadataFindings(one, policy), ...kindFindings(kind, one, all, policy)];
  const { apiVersion } = KINDS[kind];
  if (object.apiVersion !== apiVersion) {
    found.unshift({
      path: ["apiVersion"],
      message: `must be ${apiVersion} for a ${kind}, not ${object.apiVersion}`,
    });
  }
  if (same !== undefined && same !== one) {
    const message = `${kind} ${object.metadata.name} is already at ${same.file}:${same.lineOf([])}`;
    found.push({ path: ["metadata", "name"], message });
  }
  return found;
}

function* metadataFindings({ object }: ManifestObject, { namespace }: Policy): Iterable<Finding> {
  const { metadata } = object;
  if (!isDnsLabel(metadata.name)) {
    const message = `must be a DNS label (a-z, 0-9 and "-", at most 63 characters), not ${JSON.stringify(metadata.name)}`;
    yield { path: ["metadata", "name"], message };
  }
  const given = metadata.namespace ?? namespace;
  if (given !== namespace) {
    const message = `must be ${namespace}, the namespace that is released to, or left out; not ${JSON.stringify(given)}`;
    yield { path: ["metadata", "namespace"], message };
  }
  yield* givenByPush(object, ["metadata"], METADATA);
  if (object.kind === "Deployment")
    yield* givenByPush(object, ["spec", "template", "metadata"], POD_METADATA);
  for (const section of ["labels", "annotations"]) yield* stringMap(object, ["metadata", section]);
}

/** Metadata that only Kubernetes (finalizers, owners) or only we may set. */
function* givenByPush(object: unknown, at: FieldPath, allowed: readonly string[]): Iterable<Finding> {
  const metadata = valueAt(object, at);
  if (!isRecord(metadata)) return;
  for (const [field, value] of Object.entries(metadata)) {
    if (allowed.includes(field) || value === null) continue;
    yield { path: [...at, field], message: `must not be set by a push, only ${allowed.join(", ")}` };
  }
  for (const section of ["labels", "annotations"]) {
    for (const key of Object.keys(metadata[section] ?? {}).filter((name) => RESERVED.test(name))) {
      yield { path: [...at, section, key], message: "is kept by the pipeline, a push must not set it" };
    }
  }
}

function* kindFindings(
  kind: AllowedKind,
  one: ManifestObject,
  all: readonly ManifestObject[],
  policy: Policy,
): Iterable<Finding> {
  const { service, otherServices = [], reservedConfigMaps = [], ...pods } = policy;
  const beside = { service, otherServices, reservedConfigMaps };
  const deployment = all.find((other) => other.object.kind === "Deployment")?.object;
  // One that is wrong itself selects and is selected by nothing; its own findings say why.
  const sound =
    deployment !== undefined && [...deploymentFindings(deployment)].length === 0
      ? (deployment as Deployment)
      : undefined;
  switch (kind) {
    case "Deployment":
      yield* deploymentFindings(one.object);
      yield* podFindings(one.object, { forbiddenSecrets: PIPELINE_SECRETS, ...pods });
      return;
    case "Service":
      return yield* serviceFindings(one, sound, beside);
    case "ConfigMap":
      return yield* configMapFindings(one, beside);
    case "HorizontalPodAutoscaler":
      return yield* autoscalerFindings(one, deployment?.metadata.name);
    case "PodDisruptionBudget":
      return yield* budgetFindings(one, sound);
  }
}
