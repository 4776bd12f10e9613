/** The subsets of the DestinationRule: named after Deployments, disjoint, never redefined under a route. */
import { containsLabels, type Labels } from "../manifest/labels.ts";
import { isRecord } from "../manifest/plain-data.ts";
import { type DestinationRule, KINDS, type Subset, type VirtualService } from "../ports/kinds.ts";
import { fullHost, isHostOf } from "./hosts.ts";
import { addedSubsets, createdMetadata, markProgressing, type Owner, withAddedSubsets } from "./marks.ts";
import type { Pair, Route, RouteTarget, Version } from "./route.ts";

export type Side = "baseline" | "candidate";

export type Subsets =
  | { readonly kind: "subsets"; readonly destinationRule: DestinationRule }
  | { readonly kind: "refused"; readonly problem: string };

/** Whether the candidate's pods carry every label of the baseline's: then the baseline's `podTemplateHash` is needed. */
export function needsHash({ baseline, candidate }: Pair): boolean {
  return containsLabels(candidate.labels, baseline.labels);
}

/** The DestinationRule with the subsets of `sides`. One that is there and selects the right pods is left as it is. */
export function withSubsets(route: Route, pair: Pair, sides: readonly Side[], owner: Owner): Subsets {
  const found = route.destinationRule;
  let destinationRule = found === undefined ? created(route, owner) : markProgressing(found, owner);
  for (const side of sides) {
    const wanted = labelsOf(pair, side);
    if (typeof wanted === "string") return { kind: "refused", problem: wanted };
    const { name } = pair[side];
    const subsets = destinationRule.spec.subsets ?? [];
    const existing = subsets.find((subset) => subset.name === name);
    if (existing !== undefined && selectsOnly(existing, pair, side)) continue;
    const added = addedSubsets(destinationRule);
    const routed = routedSubsets(route.neighbours, route.target).has(name);
    const ours = added.includes(name);
    if (existing !== undefined && !(ours && (!routed || hasOldHash(existing, pair.baseline)))) {
      const problem = `DestinationRule ${found?.metadata.name} has a subset ${name} whose labels do not select just the pods of Deployment ${name}: rename or remove it`;
      return { kind: "refused", problem };
    }
    const next = [...subsets.filter((subset) => subset.name !== name), { name, labels: wanted }];
    destinationRule = withAddedSubsets(withSubsetList(destinationRule, next), [...added, name]);
  }
  return { kind: "subsets", destinationRule };
}

/** Whether our subset of the baseline selects pods of another template than the pair's: `withSubsets` mends it. */
export function isOutdated({ destinationRule }: Route, { baseline }: Pair): boolean {
  const subset = destinationRule?.spec.subsets?.find(({ name }) => name === baseline.name);
  const ours = addedSubsets(destinationRule).includes(baseline.name);
  return subset !== undefined && ours && hasOldHash(subset, baseline);
}

/** The DestinationRule without those of our subsets that nothing routes to any more. */
export function withoutOurs(
  destinationRule: DestinationRule,
  virtualServices: readonly VirtualService[],
  target: RouteTarget,
): DestinationRule {
  const routed = routedSubsets(virtualServices, target);
  const added = addedSubsets(destinationRule);
  const kept = (destinationRule.spec.subsets ?? []).filter(
    ({ name }) => routed.has(name) || !added.includes(name),
  );
  const bare =
    kept.length === destinationRule.spec.subsets?.length
      ? destinationRule
      : withSubsetList(destinationRule, kept);
  return withAddedSubsets(
    bare,
    added.filter((name) => kept.some((subset) => subset.name === name)),
  );
}

/** The names of all subsets of the Service that any rule of `virtualServices` mentions, mirrors and TCP included. */
export function routedSubsets(
  virtualServices: readonly VirtualService[],
  target: RouteTarget,
): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    if (!isRecord(value)) return;
    const { host, subset } = value;
    if (
      typeof host === "string" &&
      typeof subset === "string" &&
      isHostOf(host, target.service, target.namespace)
    ) {
      names.add(subset);
    }
    Object.values(value).forEach(walk);
  };
  for (const { spec } of virtualServices) walk(spec);
  return names;
}

/** The labels that select the pods of one side and none of the other's; or why there are none. */
function labelsOf(pair: Pair, side: Side): Labels | string {
  const { baseline, candidate } = pair;
  const { name, labels } = pair[side];
  if (Object.keys(labels).length === 0)
    return `the pods of Deployment ${name} have no labels to select them by`;
  if (side === "candidate") {
    if (!containsLabels(baseline.labels, labels)) return labels;
    return `the pods of ${baseline.name} carry all labels of ${name}: a label such as version must tell them apart`;
  }
  if (!needsHash(pair)) return labels;
  if (baseline.podTemplateHash !== undefined)
    return { ...labels, "pod-template-hash": baseline.podTemplateHash };
  return `the pods of ${candidate.name} carry all labels of ${name}, and ${name} has no pod-template-hash to tell them apart`;
}

function selectsOnly({ labels = {} }: Subset, pair: Pair, side: Side): boolean {
  const hash = pair.baseline.podTemplateHash;
  const carried = {
    baseline: { ...pair.baseline.labels, ...(hash !== undefined && { "pod-template-hash": hash }) },
    candidate: pair.candidate.labels,
  };
  const other = side === "baseline" ? "candidate" : "baseline";
  return containsLabels(carried[side], labels) && !containsLabels(carried[other], labels);
}

/** Whether the subset waits for pods of a template that the baseline no longer has: it selects nothing, and is mended. */
function hasOldHash({ labels = {} }: Subset, { podTemplateHash }: Version): boolean {
  const hash = labels["pod-template-hash"];
  return hash !== undefined && podTemplateHash !== undefined && hash !== podTemplateHash;
}

function created({ target, trafficPolicy }: Route, owner: Owner): DestinationRule {
  return {
    apiVersion: KINDS.DestinationRule.apiVersion,
    kind: "DestinationRule",
    metadata: createdMetadata(target, owner),
    spec: {
      host: fullHost(target.service, target.namespace),
      ...(trafficPolicy !== undefined && { trafficPolicy }),
    },
  };
}

/** A rule that had no subsets has no such field again. */
function withSubsetList(destinationRule: DestinationRule, subsets: readonly Subset[]): DestinationRule {
  const { subsets: _old, ...spec } = destinationRule.spec;
  return { ...destinationRule, spec: subsets.length === 0 ? spec : { ...spec, subsets } };
}
