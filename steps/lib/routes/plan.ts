/** What to write, in which order, at each stage of a release. Every function gives only the writes still needed. */
import { ANNOTATION } from "../experiment/names.ts";
import { sameData } from "../manifest/plain-data.ts";
import { type DestinationRule, KINDS, type RouteDestination, type VirtualService } from "../ports/kinds.ts";
import { plainDestination, versionDestination } from "./destinations.ts";
import { isMeshOnly, withHosts } from "./hosts.ts";
import {
  addedSubsets,
  createdMetadata,
  isCreated,
  isGenerated,
  jsonAnnotation,
  markProgressing,
  markStable,
  type Owner,
  withAnnotation,
} from "./marks.ts";
import type { Pair, Route, RouteWrite } from "./route.ts";
import { currentDestinations, withDestinations } from "./rules.ts";
import { type Side, withoutOurs, withSubsets } from "./subsets.ts";
import { candidateWeight, type Split } from "./weights.ts";

export type Plan =
  | { readonly kind: "plan"; readonly writes: readonly RouteWrite[] }
  | { readonly kind: "refused"; readonly problem: string };

/** The pair's subsets, then all traffic on the baseline and none on the candidate. */
export function prepare(route: Route, pair: Pair, owner: Owner): Plan {
  return routeTo(route, pair, { baseline: 100, candidate: 0 }, owner);
}

/**
 * All traffic to the winner. What is missing is added first: its subset, even the whole route (call it only when a
 * candidate may exist). A loser whose subset is gone is not routed to.
 */
export function settleOn(route: Route, pair: Pair, winner: Side, owner: Owner): Plan {
  const split = winner === "baseline" ? { baseline: 100, candidate: 0 } : { baseline: 0, candidate: 100 };
  return routeTo(route, pair, split, owner, [winner]);
}

/**
 * The pair's subsets of `sides`, then exactly the pair in the managed rule, with the weights of `split`. Also mends a
 * rule that somebody else rewrote. Refused when a subset cannot be made.
 */
export function routeTo(
  route: Route,
  pair: Pair,
  split: Split,
  owner: Owner,
  sides: readonly Side[] = ["baseline", "candidate"],
): Plan {
  const { target } = route;
  const subsets = target.kind === "Deployment" ? withSubsets(route, pair, sides, owner) : undefined;
  if (subsets?.kind === "refused") return subsets;
  const destinationRule = subsets?.destinationRule;
  const routable = (["baseline", "candidate"] as const).filter(
    (side) =>
      destinationRule === undefined ||
      destinationRule.spec.subsets?.some(({ name }) => name === pair[side].name),
  );
  const destinations = routable.map((side) => versionDestination(route, pair[side], split[side]));
  const base = noteBefore(route, pair) ?? created(route, owner);
  const virtualService = markProgressing(withDestinations(base, route.rule, destinations), owner);
  return {
    kind: "plan",
    writes: [
      ...(destinationRule === undefined ? [] : putDestinationRule(route.destinationRule, destinationRule)),
      ...putVirtualService(route.virtualService, virtualService),
    ],
  };
}

/**
 * After the loser is gone: back to the plain host (to what the user had, when the baseline won), then our subsets
 * away; objects that we created and that name no host or gateway of the user are deleted. `kind: Service`: the
 * winner keeps the route, nothing is deleted. A rule that no release of ours has touched stays as it is.
 */
export function release(route: Route, pair: Pair, winner: Side): readonly RouteWrite[] {
  if (!isInHand(route)) return unroute(route, currentDestinations(route));
  const before = winner === "baseline" ? restorable(route) : undefined;
  const settled =
    route.target.kind === "Service" ? versionDestination(route, pair[winner], 100) : plainDestination(route);
  return unroute(route, before ?? [settled]);
}

/**
 * For a first deployment: the plain host, where hosts are named or a route is left over. Nothing otherwise, and
 * nothing for `kind: Service`.
 */
export function prepareFirst(route: Route, owner: Owner): readonly RouteWrite[] {
  const { target, virtualService } = route;
  if (target.kind === "Service") return [];
  if (virtualService !== undefined) return unroute(route, [plainDestination(route)]);
  if (target.hosts.length === 0) return [];
  const plain = withDestinations(created(route, owner), 0, [plainDestination(route)]);
  return putVirtualService(undefined, markStable(plain));
}

/** The managed rule back to `destinations`, then the subsets away that nothing routes to any more. */
function unroute(route: Route, destinations: readonly RouteDestination[]): readonly RouteWrite[] {
  const { target, virtualService, destinationRule, neighbours } = route;
  const deletable =
    virtualService !== undefined && target.kind === "Deployment" && isOnlyOurs(route, virtualService);
  const next =
    virtualService === undefined || deletable ? undefined : atRest(route, virtualService, destinations);
  const others = neighbours.filter(({ metadata }) => metadata.name !== virtualService?.metadata.name);
  const after = next === undefined ? others : [...others, next];
  const writes: RouteWrite[] = [];
  if (deletable) writes.push({ verb: "delete", kind: "VirtualService", object: virtualService });
  else if (next !== undefined) writes.push(...putVirtualService(virtualService, next));
  if (destinationRule === undefined) return writes;
  const bare = markStable(withoutOurs(destinationRule, after, target));
  const empty = (bare.spec.subsets ?? []).length === 0;
  if (!(empty && isCreated(bare, target))) return [...writes, ...putDestinationRule(destinationRule, bare)];
  return [...writes, { verb: "delete", kind: "DestinationRule", object: destinationRule }];
}

function atRest(
  route: Route,
  virtualService: VirtualService,
  destinations: readonly RouteDestination[],
): VirtualService {
  const routed = withDestinations(virtualService, route.rule, destinations);
  return markStable(withAnnotation(routed, ANNOTATION.before, undefined));
}

/** Whether we created it, it names nothing of the user, and nobody added to it since. */
function isOnlyOurs({ target }: Route, virtualService: VirtualService): boolean {
  const { http = [] } = virtualService.spec;
  const bare =
    http.length <= 1 && http.every((rule) => Object.keys(rule).every((field) => field === "route"));
  return isCreated(virtualService, target) && isMeshOnly(virtualService, target) && bare;
}

/** Whether the managed rule is as one of our releases made it, and not as its user wants it. */
function isInHand(route: Route): boolean {
  const { target, virtualService, destinationRule } = route;
  if (virtualService === undefined) return false;
  const noted = jsonAnnotation(virtualService, ANNOTATION.before) !== undefined;
  return isCreated(virtualService, target) || noted || usesOurs(currentDestinations(route), destinationRule);
}

function usesOurs(
  destinations: readonly RouteDestination[],
  destinationRule: DestinationRule | undefined,
): boolean {
  const ours = addedSubsets(destinationRule);
  return destinations.some(({ destination: { subset = "" } }) => ours.includes(subset));
}

/** What the user's rule sent to before, if all its subsets are still there. */
function restorable({ virtualService, destinationRule }: Route): readonly RouteDestination[] | undefined {
  // Written by `noteBefore`; whoever spoils the annotation gets the plain host.
  const before = jsonAnnotation(virtualService, ANNOTATION.before) as readonly RouteDestination[] | undefined;
  if (before === undefined || before.length === 0) return undefined;
  const ours = addedSubsets(destinationRule);
  const kept = (destinationRule?.spec.subsets ?? []).filter(({ name }) => !ours.includes(name));
  const whole = before.every((one) => {
    const { host, subset } = one?.destination ?? {};
    return typeof host === "string" && (subset === undefined || kept.some(({ name }) => name === subset));
  });
  return whole ? before : undefined;
}

/** The VirtualService with what its rule sent to before this release; ours carries the target's hosts instead. */
function noteBefore(route: Route, pair: Pair): VirtualService | undefined {
  const { virtualService, target, destinationRule } = route;
  if (virtualService === undefined) return undefined;
  const generated = target.routing === undefined && isGenerated(virtualService, target);
  const hosted = generated ? withHosts(virtualService, target) : virtualService;
  if (isCreated(virtualService, target)) return hosted;
  const noted = jsonAnnotation(virtualService, ANNOTATION.before) !== undefined;
  if (noted && candidateWeight(route, pair) !== undefined) return hosted;
  const current = currentDestinations(route);
  // Left behind by a release that could not finish: what the user had before that one may be gone.
  const leftBehind = noted || usesOurs(current, destinationRule);
  return withAnnotation(hosted, ANNOTATION.before, leftBehind ? [plainDestination(route)] : current);
}

function created({ target }: Route, owner: Owner): VirtualService {
  const bare: VirtualService = {
    apiVersion: KINDS.VirtualService.apiVersion,
    kind: "VirtualService",
    metadata: createdMetadata(target, owner),
    spec: {},
  };
  return withHosts(bare, target);
}

/** The write that makes `old` the next one, if there is a difference. */
export function putVirtualService(
  old: VirtualService | undefined,
  next: VirtualService,
): readonly RouteWrite[] {
  const verb = verbFor(old, next);
  return verb === undefined ? [] : [{ verb, kind: "VirtualService", object: next }];
}

function putDestinationRule(old: DestinationRule | undefined, next: DestinationRule): readonly RouteWrite[] {
  const verb = verbFor(old, next);
  return verb === undefined ? [] : [{ verb, kind: "DestinationRule", object: next }];
}

function verbFor(old: unknown, next: unknown): "create" | "replace" | undefined {
  if (old === undefined) return "create";
  return sameData(old, next) ? undefined : "replace";
}
