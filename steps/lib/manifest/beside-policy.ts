/** What a push may ask of the objects beside its Deployment: they serve that Deployment and nothing else. */
import { releaseConfigMapName } from "../experiment/names.ts";
import type { Deployment, Service } from "../ports/kinds.ts";
import { stringMap } from "./deployment-policy.ts";
import { matchesLabels, podLabels, selects } from "./labels.ts";
import { isRecord, isSet, listAt, valueAt } from "./plain-data.ts";
import type { Finding } from "./problem.ts";
import type { ManifestObject } from "./read.ts";

export interface BesidePolicy {
  /** The Service that the pipeline was told to release. */
  readonly service: string;
  /** More Services that may be in the manifest: those that a `kind: Service` target names. */
  readonly otherServices: readonly string[];
  /** ConfigMaps of the pipeline in the namespace that is released to. */
  readonly reservedConfigMaps: readonly string[];
}

/** ConfigMaps that others rely on, and the stored releases of every service: what is in those gets applied unseen. */
const RESERVED_CONFIG_MAPS = new RegExp(`^(iter8config-.*|istio-ca-.*|.*${releaseConfigMapName("")})$`);

/** A Service of the manifest; `deployment` is undefined when the manifest has none that could be selected. */
export function* serviceFindings(
  { object }: ManifestObject,
  deployment: Deployment | undefined,
  { service, otherServices }: BesidePolicy,
): Iterable<Finding> {
  const { name } = object.metadata;
  const allowed = [service, ...otherServices];
  if (!allowed.includes(name)) {
    const message = `must be ${allowed.join(" or ")}, what this pipeline releases, not ${JSON.stringify(name)}`;
    yield { path: ["metadata", "name"], message };
  }
  if (listAt(object, ["spec", "externalIPs"]).length > 0) {
    const message = "must not be set: it takes traffic that is not the Service's";
    yield { path: ["spec", "externalIPs"], message };
  }
  if (
    valueAt(object, ["spec", "type"]) === "ExternalName" ||
    isSet(valueAt(object, ["spec", "externalName"]))
  ) {
    yield { path: ["spec", "type"], message: "must not be ExternalName: a Service leads to pods" };
  }
  const path = ["spec", "selector"];
  const bad = [...stringMap(object, path)];
  yield* bad;
  const selector = valueAt(object, path);
  if (bad.length > 0 || deployment === undefined) return;
  if (!isRecord(selector) || Object.keys(selector).length === 0) {
    yield { path, message: "must be set: a Service leads to pods" };
  } else if (otherServices.length === 0 && !selects(object as Service, deployment)) {
    yield { path, message: unselected(deployment) };
  }
}

export function* configMapFindings(
  { object }: ManifestObject,
  { reservedConfigMaps }: BesidePolicy,
): Iterable<Finding> {
  const { name } = object.metadata;
  if (!RESERVED_CONFIG_MAPS.test(name) && !reservedConfigMaps.includes(name)) return;
  const message = `${name} belongs to the pipeline or the mesh: choose another name`;
  yield { path: ["metadata", "name"], message };
}

/** A HorizontalPodAutoscaler of the manifest scales the manifest's Deployment; `name` is that one's. */
export function* autoscalerFindings({ object }: ManifestObject, name: string | undefined): Iterable<Finding> {
  if (name === undefined) return;
  const at = ["spec", "scaleTargetRef"];
  const { kind, name: target } = (valueAt(object, at) ?? {}) as Readonly<Record<string, unknown>>;
  if (kind !== "Deployment") {
    yield { path: [...at, "kind"], message: `must be Deployment, not ${JSON.stringify(kind)}` };
  }
  if (target !== name) {
    const message = `must be ${name}, the manifest's Deployment, not ${JSON.stringify(target)}`;
    yield { path: [...at, "name"], message };
  }
}

/** A PodDisruptionBudget of the manifest is about the Deployment's pods; one without labels would be about all. */
export function* budgetFindings(
  { object }: ManifestObject,
  deployment: Deployment | undefined,
): Iterable<Finding> {
  const path = ["spec", "selector"];
  if (deployment === undefined || matchesLabels(valueAt(object, path), podLabels(deployment))) return;
  yield { path, message: unselected(deployment) };
}

function unselected(deployment: Deployment): string {
  const labels = Object.entries(podLabels(deployment)).map(([key, value]) => `${key}: ${value}`);
  return `must select the pods of Deployment ${deployment.metadata.name} (${labels.join(", ")})`;
}
