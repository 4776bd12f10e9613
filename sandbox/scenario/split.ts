/** How a service's requests are shared among its Deployments, as its route object says. */
import type { Deployment, HttpRule, RouteDestination, VirtualService } from "../../steps/lib/ports/kinds.ts";
import type { View } from "./view.ts";

/** Percent by Deployment; sums to 100 unless nobody can take the requests. */
export type Split = Readonly<Record<string, number>>;

export interface ServiceName {
  readonly namespace: string;
  readonly service: string;
}

/** A rule of a route that leads to the service. */
export interface RuleOfService {
  readonly route: VirtualService;
  readonly rule: HttpRule;
  readonly index: number;
}

/** The split of the rule that is managed: the one that names subsets, else the last one that leads to the service. */
export function splitOf(view: View, at: ServiceName): Split {
  const rules = rulesOf(view, at);
  const managed =
    rules.find(({ rule }) => destinations(rule).some((one) => one.destination.subset)) ?? rules.at(-1);
  return managed === undefined ? shareByPods(view, at, 100) : splitOfRule(view, at, managed.rule);
}

export function splitOfRule(view: View, at: ServiceName, rule: HttpRule): Split {
  const parts = destinations(rule);
  const total = parts.reduce((sum, one) => sum + weightOf(one, parts.length), 0);
  const split: Record<string, number> = {};
  for (const part of parts) {
    const share = total === 0 ? 0 : (weightOf(part, parts.length) / total) * 100;
    const { host, subset } = part.destination;
    // With targets of kind Service each version is a Service of its own.
    const service = { namespace: at.namespace, service: host.split(".")[0] ?? host };
    const shares =
      subset === undefined ? shareByPods(view, service, share) : { [versionOf(view, at, subset)]: share };
    for (const [name, value] of Object.entries(shares)) split[name] = round((split[name] ?? 0) + value);
  }
  return split;
}

/** Every HTTP rule in the namespace that has the service among its destinations, or is for the service's own host. */
export function rulesOf(view: View, at: ServiceName): readonly RuleOfService[] {
  return view
    .list("VirtualService", at.namespace)
    .flatMap((route) => (route.spec.http ?? []).map((rule, index) => ({ route, rule, index })))
    .filter(
      ({ route, rule }) =>
        destinations(rule).some((one) => isHostOf(one.destination.host, at)) ||
        (route.spec.hosts ?? []).some((host) => isHostOf(host, at)),
    );
}

/** The Deployments that the Service selects. */
export function selectedBy(view: View, at: ServiceName): readonly Deployment[] {
  const selector = view.get("Service", at.namespace, at.service)?.spec.selector;
  if (selector === undefined) return [];
  return view
    .list("Deployment", at.namespace)
    .filter((one) => includes(one.spec.template.metadata?.labels ?? {}, selector));
}

export function readyPods(deployment: Deployment | undefined): number {
  return deployment?.status?.readyReplicas ?? 0;
}

/** The weight as written; a single destination may leave it out. */
export function weightOf(destination: RouteDestination, among: number): number {
  return destination.weight ?? (among === 1 ? 100 : 0);
}

export function destinations(rule: HttpRule): readonly RouteDestination[] {
  return rule.route ?? [];
}

function isHostOf(host: string, { namespace, service }: ServiceName): boolean {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ].includes(host);
}

/** A subset of ours is named after its Deployment; of somebody else's the labels tell. */
function versionOf(view: View, at: ServiceName, subset: string): string {
  if (view.get("Deployment", at.namespace, subset) !== undefined) return subset;
  const labels = view
    .list("DestinationRule", at.namespace)
    .flatMap((rule) => rule.spec.subsets ?? [])
    .find((one) => one.name === subset)?.labels;
  if (labels === undefined) return subset;
  const match = selectedBy(view, at).find((one) =>
    includes(one.spec.template.metadata?.labels ?? {}, labels),
  );
  return match?.metadata.name ?? subset;
}

/** Without subsets every ready pod gets the same share. */
function shareByPods(view: View, at: ServiceName, share: number): Split {
  const able = selectedBy(view, at).filter((one) => readyPods(one) > 0);
  const pods = able.reduce((sum, one) => sum + readyPods(one), 0);
  return Object.fromEntries(able.map((one) => [one.metadata.name, round((readyPods(one) / pods) * share)]));
}

function includes(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
