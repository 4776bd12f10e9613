/** The weights in the managed rule: who gets how much. */
import type { RouteDestination, VirtualService } from "../ports/kinds.ts";
import type { Pair, Route } from "./route.ts";
import { currentDestinations, isDestinationOf } from "./rules.ts";

/** Whole weights as they are written; they sum to 100, or to 1000 when the candidate gets less than 1 %. */
export interface Split {
  readonly baseline: number;
  readonly candidate: number;
}

/** The weights for a candidate's share in percent: never more than asked for, but never 0 when some was. */
export function splitOf(percent: number): Split {
  const [total, share] = percent > 0 && percent < 1 ? [1000, percent * 10] : [100, percent];
  // Products such as 0.29 * 100 fall a hair short of the whole number that they mean.
  const whole = Math.floor(Math.min(Math.max(share, 0), total) + 1e-9);
  const candidate = percent > 0 ? Math.max(whole, 1) : 0;
  return { baseline: total - candidate, candidate };
}

/** Percent of the rule's traffic by subset (by host as written, where a destination has no subset). */
export function weightsOf(virtualService: VirtualService, rule: number): ReadonlyMap<string, number> {
  const destinations = virtualService.spec.http?.[rule]?.route ?? [];
  const weights = new Map<string, number>();
  for (const one of destinations) {
    const name = one.destination.subset ?? one.destination.host;
    weights.set(name, (weights.get(name) ?? 0) + percentOf(one, destinations));
  }
  return weights;
}

/**
 * The candidate's weight in percent. Undefined when the rule sends to anybody else than this pair, or to a subset that does
 * not exist. One of the pair alone has everything.
 */
export function candidateWeight(route: Route, pair: Pair): number | undefined {
  const destinations = currentDestinations(route);
  const subsets = route.destinationRule?.spec.subsets ?? [];
  let weight = 0;
  for (const one of destinations) {
    const version = [pair.baseline, pair.candidate].find((each) => isDestinationOf(one, each, route.target));
    if (version === undefined) return undefined;
    const percent = percentOf(one, destinations);
    const exists = route.target.kind === "Service" || subsets.some(({ name }) => name === version.name);
    if (percent > 0 && !exists) return undefined;
    if (version === pair.candidate) weight += percent;
  }
  return destinations.length === 0 ? undefined : weight;
}

/** A rule's only destination has all, whatever its weight says. Weights are relative to their sum. */
function percentOf(one: RouteDestination, destinations: readonly RouteDestination[]): number {
  if (destinations.length === 1) return 100;
  const total = destinations.reduce((sum, { weight = 0 }) => sum + weight, 0);
  return total === 0 ? 0 : (100 * (one.weight ?? 0)) / total;
}
