/** The managed rule of a VirtualService: finding it, and looking at its destinations. */
import { sameData } from "../manifest/plain-data.ts";
import type { HttpRule, RouteDestination, VirtualService } from "../ports/kinds.ts";
import { isHostOf } from "./hosts.ts";
import type { Route, RouteTarget, Version } from "./route.ts";

export type FoundRule =
  | { readonly kind: "found"; readonly index: number }
  | { readonly kind: "refused"; readonly problem: string };

/** The rule that `routing.rule` names, or the only one. Refused when it is not there or cannot be split. */
export function findRule(virtualService: VirtualService, target: RouteTarget): FoundRule {
  const rules = virtualService.spec.http ?? [];
  const wanted = target.routing?.rule;
  const where = `VirtualService ${target.namespace}/${virtualService.metadata.name}`;
  const index = wanted === undefined ? onlyRule(rules, target) : namedRule(rules, wanted);
  if (index === undefined) {
    const reason =
      wanted === undefined ? "has several rules, routing must name one" : `has no single rule ${wanted}`;
    const listed = rules.map(ruleName).join(", ") || "none";
    return { kind: "refused", problem: `${where} ${reason} (http rules: ${listed})` };
  }
  const rule = `rule ${ruleName(rules[index] ?? {}, index)} of ${where}`;
  const destinations = destinationsOf(rules[index]);
  const foreign = destinations.find((one) => target.kind === "Deployment" && !isOfTarget(one, target));
  if (foreign !== undefined) {
    const problem = `${rule} also sends to ${foreign.destination.host}: only a rule that sends to ${target.service} alone can be split`;
    return { kind: "refused", problem };
  }
  if (destinations.length === 0 && target.routing !== undefined) {
    return { kind: "refused", problem: `${rule} has no route to split` };
  }
  return { kind: "found", index };
}

/** A rule as a person can name it. */
export function ruleName({ name }: HttpRule, index: number): string {
  return name ?? `#${index}`;
}

/** The destinations of the managed rule as they are. */
export function currentDestinations({ virtualService, rule }: Route): readonly RouteDestination[] {
  return destinationsOf(virtualService?.spec.http?.[rule]);
}

/** The destination with all the weight; undefined when there is none or several share it. */
export function soleDestination(destinations: readonly RouteDestination[]): RouteDestination | undefined {
  const [first, ...others] = destinations;
  if (others.length === 0) return first;
  const weighted = destinations.filter(({ weight = 0 }) => weight > 0);
  return weighted.length === 1 ? weighted[0] : undefined;
}

/** Whether the destination is the version's: its subset, or its own host when versions are Services. */
export function isDestinationOf(one: RouteDestination, version: Version, target: RouteTarget): boolean {
  return target.kind === "Deployment"
    ? isOfTarget(one, target) && one.destination.subset === version.name
    : isHostOf(one.destination.host, version.name, target.namespace) && one.destination.subset === undefined;
}

/** Whether the destination is the target's Service, any subset of it. */
export function isOfTarget(one: RouteDestination, target: RouteTarget): boolean {
  return isHostOf(one.destination.host, target.service, target.namespace);
}

/** The VirtualService with another destination list in rule `index`, and nothing else changed. */
export function withDestinations(
  virtualService: VirtualService,
  index: number,
  route: readonly RouteDestination[],
): VirtualService {
  const rules = virtualService.spec.http ?? [];
  if (sameData(rules[index]?.route, route)) return virtualService;
  const http =
    rules.length === 0 ? [{ route }] : rules.map((rule, at) => (at === index ? { ...rule, route } : rule));
  return { ...virtualService, spec: { ...virtualService.spec, http } };
}

function destinationsOf(rule: HttpRule | undefined): readonly RouteDestination[] {
  return rule?.route ?? [];
}

/** Without a name: the only rule, or the only one that sends to the target's Service. 0 when there is none yet. */
function onlyRule(rules: readonly HttpRule[], target: RouteTarget): number | undefined {
  if (rules.length <= 1) return 0;
  const sending = rules.flatMap((rule, index) =>
    destinationsOf(rule).some((one) => isOfTarget(one, target)) ? [index] : [],
  );
  return sending.length === 1 ? sending[0] : undefined;
}

function namedRule(rules: readonly HttpRule[], wanted: string | number): number | undefined {
  const named = rules.flatMap((rule, index) => (rule.name === String(wanted) ? [index] : []));
  if (named.length > 0) return named.length === 1 ? named[0] : undefined;
  const index = /^\d+$/.test(String(wanted)) ? Number(wanted) : -1;
  return index in rules ? index : undefined;
}
