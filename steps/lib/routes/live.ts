/** Which version has the traffic now. */
import { ANNOTATION } from "../experiment/names.ts";
import { containsLabels, podLabels, selects } from "../manifest/labels.ts";
import type { Deployment, RouteDestination, Service } from "../ports/kinds.ts";
import type { Route } from "./route.ts";
import { currentDestinations, isOfTarget, soleDestination } from "./rules.ts";
import { weightsOf } from "./weights.ts";

export type Live =
  | { readonly kind: "live"; readonly deployment: Deployment; readonly from: "route" | "service" }
  | { readonly kind: "none"; readonly unavailable: readonly string[] }
  | { readonly kind: "refused"; readonly problem: string };

/**
 * The live version: the Deployment behind the destination that has all the weight (whether or not it is available);
 * else the only available Deployment that `service` selects, leaving out what an earlier run of `revision` made.
 * `none` names the selected Deployments that are not available. Refused when several fit or the weight is shared.
 */
export function liveVersion(
  route: Route,
  service: Service,
  deployments: readonly Deployment[],
  revision: string,
): Live {
  const destinations = currentDestinations(route);
  const sole = soleDestination(destinations);
  if (destinations.length > 0 && sole === undefined) return { kind: "refused", problem: sharedWeight(route) };
  const routed = sole === undefined ? [] : behind(sole, route, deployments);
  if (routed.length > 0) {
    const exact = routed.find(({ metadata }) => metadata.name === sole?.destination.subset);
    const found = exact ?? only(routed, revision);
    if (found !== undefined) return { kind: "live", deployment: found, from: "route" };
    const problem = `subset ${sole?.destination.subset} of ${route.target.service} has all the traffic and fits ${names(routed)}: its labels must select one Deployment`;
    return { kind: "refused", problem };
  }
  const selected = deployments.filter((deployment) => selects(service, deployment));
  const available = selected.filter(isAvailable);
  if (available.length === 0)
    return { kind: "none", unavailable: selected.map(({ metadata }) => metadata.name) };
  const found = only(available, revision);
  if (found !== undefined) return { kind: "live", deployment: found, from: "service" };
  const problem = `Service ${service.metadata.name} selects ${available.length} available Deployments (${names(available)}) and no route says which one is live: delete or scale down all but one`;
  return { kind: "refused", problem };
}

/** For `kind: Service`: the name of the Service that the destination with all the weight names, if there is one. */
export function liveService(route: Route): string | undefined {
  const sole = soleDestination(currentDestinations(route));
  return sole?.destination.subset === undefined ? sole?.destination.host.split(".")[0] : undefined;
}

/** The Deployments whose pods carry the labels of the destination's subset. */
export function behind(
  one: RouteDestination,
  { destinationRule, target }: Route,
  deployments: readonly Deployment[],
): readonly Deployment[] {
  const { subset } = one.destination;
  if (subset === undefined || !isOfTarget(one, target)) return [];
  const found = destinationRule?.spec.subsets?.find(({ name }) => name === subset);
  // Somebody took the subset away: ours bear the names of their Deployments.
  if (found?.labels === undefined) return deployments.filter(({ metadata }) => metadata.name === subset);
  // Only pods carry the hash, not the template of their Deployment; such a subset is ours and bears the name.
  const { "pod-template-hash": hash, ...labels } = found.labels;
  return deployments.filter(
    (deployment) =>
      containsLabels(podLabels(deployment), labels) &&
      (hash === undefined || deployment.metadata.name === subset),
  );
}

/** The only Deployment, or the only one that is available and neither left over nor made for `revision`. */
function only(deployments: readonly Deployment[], revision: string): Deployment | undefined {
  if (deployments.length === 1) return deployments[0];
  const rest = deployments.filter(({ metadata: { annotations }, ...deployment }) => {
    const made = annotations?.[ANNOTATION.revision] === revision;
    return !made && annotations?.[ANNOTATION.leftOver] === undefined && isAvailable(deployment);
  });
  return rest.length === 1 ? rest[0] : undefined;
}

export function isAvailable({ status }: Pick<Deployment, "status">): boolean {
  return (status?.availableReplicas ?? 0) > 0;
}

function sharedWeight({ virtualService, rule, target }: Route): string {
  const shares = virtualService === undefined ? [] : [...weightsOf(virtualService, rule)];
  const listed = shares.map(([name, percent]) => `${name} ${percent} %`).join(", ");
  return `several versions of ${target.service} share the traffic (${listed}), so none of them is the baseline: route all of it to one of them`;
}

function names(deployments: readonly Deployment[]): string {
  return deployments.map(({ metadata }) => metadata.name).join(", ");
}
