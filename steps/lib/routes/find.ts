/** Which objects carry a target's traffic. */
import { valueAt } from "../manifest/plain-data.ts";
import type { DestinationRule, KubeObject, VirtualService } from "../ports/kinds.ts";
import { coveredHost, fullHost, isHostOf, isWildcardOf } from "./hosts.ts";
import { isCreated, isGenerated, iter8Holder } from "./marks.ts";
import type { Route, RouteTarget } from "./route.ts";
import { findRule, isOfTarget, ruleName } from "./rules.ts";

export type Found =
  | { readonly kind: "found"; readonly route: Route; readonly notes: readonly string[] }
  | { readonly kind: "refused"; readonly problem: string };

/**
 * Finds the route objects of `target` among all those of its namespace: the rule that `routing` names, else ours
 * or Iter8's (v0.1 and v0.2), else none yet. Refused, in one sentence with the cure, when a VirtualService of the
 * user covers the host and `routing` does not name it, or when the rule cannot be split. `notes` are for the log.
 */
export function findRoutes(
  virtualServices: readonly VirtualService[],
  destinationRules: readonly DestinationRule[],
  target: RouteTarget,
): Found {
  const chosen = choose(virtualServices, target);
  if (typeof chosen === "string") return { kind: "refused", problem: chosen };
  const rule = chosen === undefined ? undefined : findRule(chosen, target);
  if (rule?.kind === "refused") return rule;
  const route: Route = {
    target,
    virtualService: chosen,
    rule: rule?.index ?? 0,
    neighbours: virtualServices,
    ...(target.kind === "Deployment"
      ? findDestinationRule(destinationRules, target)
      : { destinationRule: undefined }),
  };
  return { kind: "found", route, notes: bypasses(route) };
}

/** The VirtualService to manage, none yet, or why there cannot be one. */
function choose(all: readonly VirtualService[], target: RouteTarget): VirtualService | undefined | string {
  const { routing, namespace } = target;
  const generated = all.filter((one) => isGenerated(one, target) && one.metadata.name !== routing?.name);
  if (routing !== undefined) {
    const named = all.find(({ metadata }) => metadata.name === routing.name);
    const rival = generated.find((one) => coveredHost(one, target) !== undefined);
    if (named === undefined) {
      const names = all.map(({ metadata }) => metadata.name).join(", ") || "none";
      return `routing names VirtualService ${routing.name}, which ${namespace} does not have (it has: ${names})`;
    }
    if (rival === undefined) return named;
    return `VirtualService ${namespace}/${rival.metadata.name} of an earlier release covers the same host as ${routing.name}: delete it`;
  }
  for (const one of all) {
    const host = isGenerated(one, target) ? undefined : coveredHost(one, target);
    if (host === undefined) continue;
    const { name } = one.metadata;
    return `VirtualService ${namespace}/${name} covers ${host} already: name the rule to split in the experiment (spec.routing: {kind: VirtualService, name: ${name}, rule: NAME}) or remove it`;
  }
  const created = generated.filter((one) => isCreated(one, target));
  const [found, another] = created.length > 0 ? created : generated;
  if (found !== undefined && another !== undefined) {
    return `VirtualServices ${found.metadata.name} and ${another.metadata.name} both carry ${target.service}: delete one of them`;
  }
  const holder = found === undefined ? undefined : iter8Holder(found, target);
  if (found !== undefined && holder !== undefined) {
    return `VirtualService ${namespace}/${found.metadata.name} belongs to the Iter8 experiment ${holder}, which has not ended: end it or delete the VirtualService`;
  }
  if (found === undefined && target.hosts.some(({ name }) => name === "*")) {
    return `targetService.hosts names "*", which cannot be routed together with ${target.service} inside the mesh: name the hosts, or a rule of your own VirtualService (spec.routing)`;
  }
  return found;
}

/** The rule of the Service's host: ours or Iter8's first, else the oldest; and what applies to a host without one. */
function findDestinationRule(
  all: readonly DestinationRule[],
  target: RouteTarget,
): Pick<Route, "destinationRule" | "trafficPolicy"> {
  const { service, namespace } = target;
  const [destinationRule] = all
    .filter(({ spec }) => isHostOf(spec.host, service, namespace) && spec["workloadSelector"] === undefined)
    .toSorted((a, b) => Number(isGenerated(b, target)) - Number(isGenerated(a, target)) || byAge(a, b));
  const [wildcard] = all
    .filter(({ spec }) => isWildcardOf(spec.host, fullHost(service, namespace)))
    .toSorted((a, b) => b.spec.host.length - a.spec.host.length);
  const trafficPolicy = wildcard?.spec["trafficPolicy"];
  return { destinationRule, ...(trafficPolicy !== undefined && { trafficPolicy }) };
}

function byAge(a: KubeObject, b: KubeObject): number {
  const order = (one: KubeObject) => `${one.metadata.creationTimestamp ?? ""} ${one.metadata.name}`;
  return order(a) < order(b) ? -1 : 1;
}

/** Rules that send to the Service past the managed one: their requests are not split. */
function bypasses({ target, virtualService, rule, neighbours }: Route): readonly string[] {
  return neighbours.flatMap((one) =>
    (one.spec.http ?? []).flatMap((other, index) => {
      const managed = one.metadata.name === virtualService?.metadata.name && index === rule;
      const sent = managed ? undefined : other.route?.find((destination) => isOfTarget(destination, target));
      if (sent === undefined) return [];
      const subset = valueAt(sent, ["destination", "subset"]);
      const where = subset === undefined ? target.service : `subset ${subset} of ${target.service}`;
      return [
        `rule ${ruleName(other, index)} of VirtualService ${one.metadata.name} also sends to ${where}: its requests are not split`,
      ];
    }),
  );
}
