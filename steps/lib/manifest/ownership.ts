/** Whether an object that exists already is the app's, so that a push for its Service may change it. */
import { LABEL } from "../experiment/names.ts";
import type { Deployment, KubeObject, Service } from "../ports/kinds.ts";
import { containsLabels, type Labels, matchesLabels, podLabels, selects } from "./labels.ts";
import { valueAt } from "./plain-data.ts";
import { CONFIG_MAP_FIELDS, references } from "./references.ts";

export interface App {
  /** The Service that is released, as it is in the cluster. */
  readonly service: Service;
  /** All Deployments of the namespace. */
  readonly deployments: readonly Deployment[];
}

/**
 * Why a push must not change `live`, an object beside the Deployment under a name that the manifest uses too; undefined
 * when it may. It may when we created it for this Service, or when it serves Deployments of this Service and no other.
 */
export function foreignBecause(live: KubeObject, app: App): string | undefined {
  const { name } = app.service.metadata;
  const owner = live.metadata.labels?.[LABEL.service];
  if (owner === name || (owner === undefined && servesOnly(live, app))) return undefined;
  const whose = owner === undefined ? `is not known to be Service ${name}'s` : `is Service ${owner}'s`;
  const cure = owner === undefined ? `, or give it the label ${LABEL.service}: ${name} if it is` : "";
  return `${live.kind} ${live.metadata.name} exists and ${whose}: choose another name${cure}`;
}

function servesOnly(live: KubeObject, { service, deployments }: App): boolean {
  if (live.kind === "Service") {
    if (live.metadata.name === service.metadata.name) return true;
    const selector = valueAt(live, ["spec", "selector"]) as Labels | undefined;
    const wanted = service.spec.selector ?? {};
    return Object.keys(wanted).length > 0 && containsLabels(selector ?? {}, wanted);
  }
  const served = deployments.filter((deployment) => serves(live, deployment));
  // Nobody says whose a ConfigMap is that no Deployment reads; it may be about to be read.
  const known = served.length > 0 || live.kind === "ConfigMap";
  return known && served.every((deployment) => selects(service, deployment));
}

function serves(live: KubeObject, deployment: Deployment): boolean {
  const { name } = live.metadata;
  switch (live.kind) {
    case "ConfigMap":
      return [...references(deployment.spec.template.spec, CONFIG_MAP_FIELDS)].some(
        (one) => one.name === name,
      );
    case "HorizontalPodAutoscaler": {
      const target = valueAt(live, ["spec", "scaleTargetRef"]);
      return (
        valueAt(target, ["kind"]) === "Deployment" && valueAt(target, ["name"]) === deployment.metadata.name
      );
    }
    case "PodDisruptionBudget":
      return matchesLabels(valueAt(live, ["spec", "selector"]), podLabels(deployment));
    default:
      return false;
  }
}
