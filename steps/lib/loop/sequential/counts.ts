/** From what counters grew in a poll to what each criterion counts in it. */
import { beyond, limitEdges, perBucket } from "../../metrics/buckets.ts";
import type { CountedPoll, Growth, MetricGrowth } from "../../metrics/growth.ts";
import type { CriterionCounts, Poll, Requests, Tally } from "../evidence/model.ts";
import type { CountedCriterion } from "./criteria.ts";
import { FAILURES } from "./selectors.ts";

type Growths = Pick<CountedPoll, "baseline" | "candidate">;

/**
 * `edges`: finite bucket edges by metric, in the unit of the buckets; `weight`: percent of the route at that time. While new pods of
 * the candidate are `warmingUp`, latency does not count; failures do.
 */
export function pollOf(
  criteria: readonly CountedCriterion[],
  edges: (metric: string) => readonly number[],
  growths: Growths,
  weight: number,
  warmingUp = false,
): Poll {
  return {
    weight,
    requests: tally(growths, FAILURES, failed) ?? NOTHING,
    criteria: criteria.map((criterion) =>
      warmingUp && criterion.measure.kind !== "bad"
        ? undefined
        : countsOf(criterion, edges(criterion.metric), growths),
    ),
  };
}

const NOTHING: Tally = { baseline: { requests: 0, bad: 0 }, candidate: { requests: 0, bad: 0 } };

/** Undefined when the poll does not have what the criterion looks at. */
function countsOf(
  { metric, measure, unitMs }: CountedCriterion,
  edges: readonly number[],
  growths: Growths,
): CriterionCounts | undefined {
  switch (measure.kind) {
    case "bad": {
      const counted = tally(growths, metric, failed);
      return counted && { kind: "share", abort: counted, promote: counted };
    }
    case "slower": {
      const { abort, promote } = limitEdges(measure.limitMs / unitMs, edges);
      const [above, below] = [abort, promote].map((edge) => tally(growths, metric, slowerThan(edge)));
      return above && below && { kind: "share", abort: above, promote: below };
    }
    case "edges": {
      const tallies = edges.map((edge) => tally(growths, metric, slowerThan(edge)));
      const known = tallies.filter((one) => one !== undefined);
      return known.length === edges.length ? { kind: "edges", edges: known } : undefined;
    }
    case "mean": {
      const [baseline, candidate] = [growths.baseline, growths.candidate].map((growth) => {
        const found = growth[metric];
        return found?.kind === "buckets" ? perBucket(found, edges) : undefined;
      });
      return baseline && candidate && { kind: "mean", baseline, candidate };
    }
  }
}

function tally(
  { baseline, candidate }: Growths,
  metric: string,
  requestsOf: (growth: MetricGrowth) => Requests | undefined,
): Tally | undefined {
  const of = (growth: Growth) => {
    const found = growth[metric];
    return found === undefined ? undefined : requestsOf(found);
  };
  const [old, next] = [of(baseline), of(candidate)];
  return old && next && { baseline: old, candidate: next };
}

function failed(growth: MetricGrowth): Requests | undefined {
  return growth.kind === "ratio" ? growth : undefined;
}

function slowerThan(edge: number): (growth: MetricGrowth) => Requests | undefined {
  return (growth) => (growth.kind === "buckets" ? beyond(growth, edge) : undefined);
}
