/** What a push may change. Checked before any write; every problem is told, each at its line. */
import { isDnsLabel, LABEL, releaseConfigMapName } from "../experiment/names.ts";
import { type Deployment, KINDS } from "../ports/kinds.ts";
import { deploymentFindings, stringMap } from "./deployment-policy.ts";
import { formatPath, listAt, valueAt } from "./plain-data.ts";
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
}

const ALLOWED = [
  "Deployment",
  "Service",
  "ConfigMap",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
] as const;
type AllowedKind = (typeof ALLOWED)[number];
const METADATA = ["name", "namespace", "labels", "annotations"];
/** Labels and annotations by which we and Iter8 find things. */
const RESERVED = /^(tekton-canary|iter8-tools)\//;
/** ConfigMaps that others rely on. */
const RESERVED_CONFIG_MAPS = /^(iter8config-.*|istio-ca-root-cert|kube-root-ca\.crt)$/;

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
      { path: ["kind"], message: `a push must not change a ${object.kind}, only ${ALLOWED.join(", ")}` },
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
  for (const [field, value] of Object.entries(metadata)) {
    if (METADATA.includes(field) || value === null) continue;
    yield { path: ["metadata", field], message: `must not be set by a push, only ${METADATA.join(", ")}` };
  }
  for (const section of ["labels", "annotations"]) {
    yield* stringMap(object, ["metadata", section]);
    for (const key of Object.keys(metadata[section] ?? {}).filter((name) => RESERVED.test(name))) {
      yield { path: ["metadata", section, key], message: "is kept by the pipeline, a push must not set it" };
    }
  }
}

function* kindFindings(
  kind: AllowedKind,
  { object }: ManifestObject,
  all: readonly ManifestObject[],
  policy: Policy,
): Iterable<Finding> {
  const deployment = all.find((other) => other.object.kind === "Deployment")?.object.metadata.name;
  const { name } = object.metadata;
  switch (kind) {
    case "Deployment":
      yield* deploymentFindings(object);
      yield* podFindings(object, policy.forbiddenServiceAccounts);
      return;
    case "Service": {
      const allowed = [policy.service, ...(policy.otherServices ?? [])];
      if (!allowed.includes(name)) {
        const message = `must be ${allowed.join(" or ")}, what this pipeline releases, not ${JSON.stringify(name)}`;
        yield { path: ["metadata", "name"], message };
      }
      if (listAt(object, ["spec", "externalIPs"]).length > 0) {
        yield {
          path: ["spec", "externalIPs"],
          message: "must not be set: it takes traffic that is not the Service's",
        };
      }
      return;
    }
    case "ConfigMap":
      if (RESERVED_CONFIG_MAPS.test(name) || (deployment !== undefined && isReleaseName(name, deployment))) {
        yield {
          path: ["metadata", "name"],
          message: `${name} belongs to the pipeline or the mesh: choose another name`,
        };
      }
      return;
    case "HorizontalPodAutoscaler": {
      const path = ["spec", "scaleTargetRef", "name"];
      const target = valueAt(object, path);
      if (deployment !== undefined && target !== deployment) {
        yield {
          path,
          message: `must be ${deployment}, the manifest's Deployment, not ${JSON.stringify(target)}`,
        };
      }
      return;
    }
    case "PodDisruptionBudget":
      return;
  }
}

function isReleaseName(name: string, deployment: string): boolean {
  if (name === releaseConfigMapName(deployment)) return true;
  const middle = name.startsWith(`${deployment}-`) ? name.slice(deployment.length + 1) : "";
  return /^[0-9a-f]{7,40}-release$/.test(middle);
}
