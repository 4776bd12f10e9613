/** The weights in the managed rule: reading and writing who gets how much. */
import type { RouteDestination, VirtualService } from "../ports/kinds.ts";
import type { Pair, Route } from "./route.ts";
import { currentDestinations, isDestinationOf, withDestinations } from "./rules.ts";

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

/** The candidate's weight in percent. Undefined when the route is not exactly between this pair. */
export function candidateWeight(route: Route, pair: Pair): number | undefined {
  const destinations = currentDestinations(route);
  const candidate = destinations.find((one) => isDestinationOf(one, pair.candidate, route.target));
  return candidate !== undefined && holds(route, pair) ? percentOf(candidate, destinations) : undefined;
}

/** The VirtualService with `split` on the pair's destinations. Throws when the rule does not hold exactly this pair. */
export function withWeights(route: Route, pair: Pair, split: Split): VirtualService {
  const { virtualService, rule, target } = route;
  if (virtualService === undefined || !holds(route, pair)) {
    throw new Error(
      `the route of ${target.service} is not between ${pair.baseline.name} and ${pair.candidate.name}`,
    );
  }
  const weighted = currentDestinations(route).map((one) => ({
    ...one,
    weight: isDestinationOf(one, pair.candidate, target) ? split.candidate : split.baseline,
  }));
  return withDestinations(virtualService, rule, weighted);
}

/** Whether the rule has one destination for each of the pair and no other, and the subsets that they name exist. */
function holds(route: Route, { baseline, candidate }: Pair): boolean {
  const destinations = currentDestinations(route);
  const subsets = route.destinationRule?.spec.subsets ?? [];
  return (
    destinations.length === 2 &&
    [baseline, candidate].every(
      (version) =>
        destinations.some((one) => isDestinationOf(one, version, route.target)) &&
        (route.target.kind === "Service" || subsets.some(({ name }) => name === version.name)),
    )
  );
}

/** A rule's only destination has all, whatever its weight says. Weights are relative to their sum. */
function percentOf(one: RouteDestination, destinations: readonly RouteDestination[]): number {
  if (destinations.length === 1) return 100;
  const total = destinations.reduce((sum, { weight = 0 }) => sum + weight, 0);
  return total === 0 ? 0 : (100 * (one.weight ?? 0)) / total;
}
