/** How long a plan needs: the rule itself, fed with what is to be expected of a candidate that is like the baseline. */
import type { Growth, MetricGrowth } from "../../metrics/growth.ts";
import { addPoll, startEvidence } from "../evidence/evidence.ts";
import type { Poll, Rule } from "../evidence/model.ts";
import { standing } from "../evidence/standing.ts";
import { nextMove, type SequentialLimits } from "../strategies/sequential.ts";

export type Forecast =
  /** Promoted about so long after the first weight, ms. */
  | { readonly kind: "promoted"; readonly afterMs: number }
  /** The deadline comes first: which criteria would still be open, by index. */
  | { readonly kind: "open"; readonly criteria: readonly number[] };

/** A change of the weight costs so many polls that mix two splits, or were on their way already. */
const POLLS_TO_SETTLE = 3;

/** Plays the rule with expected counts: `pollAt` gives those of one poll at a weight in percent. */
export function forecast(
  rule: Rule,
  limits: SequentialLimits,
  { pollMs, firstWeight }: { readonly pollMs: number; readonly firstWeight: number },
  pollAt: (weight: number) => Poll,
): Forecast {
  let evidence = startEvidence(rule);
  let weight = firstWeight;
  let unsettled = POLLS_TO_SETTLE;
  for (let number = 1; number <= rule.horizon; number += 1) {
    unsettled -= 1;
    if (unsettled > 0) continue;
    evidence = addPoll(rule, evidence, pollAt(weight));
    const elapsedMs = number * pollMs;
    const move = nextMove(limits, standing(rule, evidence), { weight, during: weight, elapsedMs });
    if (move.kind === "promote") return { kind: "promoted", afterMs: elapsedMs };
    if (move.kind === "abort") break;
    if (move.kind === "weight") {
      weight = move.candidate;
      unsettled = POLLS_TO_SETTLE;
    }
  }
  const { criteria, needFor } = standing(rule, evidence);
  return { kind: "open", criteria: criteria.flatMap((one, index) => (one.for < needFor ? [index] : [])) };
}

/** The same growth with `factor` times as many requests. */
export function scaled(growth: Growth, factor: number): Growth {
  return Object.fromEntries(
    Object.entries(growth).map(([metric, one]) => [metric, scaledMetric(one, factor)]),
  );
}

function scaledMetric(growth: MetricGrowth, factor: number): MetricGrowth {
  if (growth.kind === "ratio") {
    return { ...growth, requests: growth.requests * factor, bad: growth.bad * factor };
  }
  const upTo = new Map([...growth.upTo].map(([edge, count]) => [edge, count * factor]));
  return { ...growth, total: growth.total * factor, upTo };
}
