/** The rule of a run: what the plan asks for, with what was measured when it started. */
import type { CountingRecord } from "../../experiment/schema.ts";
import type { EvidenceCriterion, Rule } from "../evidence/model.ts";
import type { SequentialPlan } from "../model.ts";
import type { CountedCriterion } from "./criteria.ts";
import { titleOf } from "./words.ts";

/** The buckets of Istio's request durations, ms: for a baseline that has none yet. */
const ISTIO_EDGES = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000];

export function ruleOf(
  plan: SequentialPlan,
  { burst, firstWeight, horizon, edges }: Pick<CountingRecord, "burst" | "firstWeight" | "horizon" | "edges">,
): Rule {
  const { falseAbort, wrongPromote, riskBudget, ignoreWorstPoll } = plan;
  const steps = [firstWeight, ...plan.steps.filter((step) => step > firstWeight)];
  return {
    ...{ falseAbort, wrongPromote, riskBudget, ignoreWorstPoll, burst, horizon, steps },
    criteria: plan.criteria.map((criterion) =>
      evidenceOf(criterion, edgesFor(plan, criterion.metric, edges)),
    ),
  };
}

function evidenceOf(criterion: CountedCriterion, edges: readonly number[]): EvidenceCriterion {
  const { claim, orNoWorse } = criterion;
  const name = titleOf(criterion);
  switch (criterion.measure.kind) {
    case "bad":
    case "slower":
      return { kind: "share", name, claim, orNoWorse };
    case "edges":
      return { kind: "edges", name, claim };
    case "mean": {
      const unit = criterion.unitMs;
      return { kind: "mean", name, claim: { ...claim, margin: claim.margin / unit }, edges };
    }
  }
}

/** Finite edges in the unit of the buckets. */
export function edgesFor(
  { selectors }: SequentialPlan,
  metric: string,
  edges: CountingRecord["edges"],
): readonly number[] {
  const counters = selectors[metric];
  const unitMs = counters?.kind === "buckets" ? counters.unitMs : 1;
  const known = edges[metric] ?? [];
  return known.length > 0 ? known : ISTIO_EDGES.map((edge) => edge / unitMs);
}
