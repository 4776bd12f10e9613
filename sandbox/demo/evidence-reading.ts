/** What one version of an Experiment shows of its evidence. Pure. All odds are numbers: 100 is 100:1. */
import * as z from "zod";
import { experiment } from "../../steps/lib/experiment/schema.ts";
import { sequentialPlan } from "../../steps/lib/loop/plan.ts";
import { allowedOf, titleOf } from "../../steps/lib/loop/sequential/words.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";

export interface Reading {
  /** What must hold: `errors, limit 1 %`. */
  readonly criteria: readonly string[];
  /** Undefined before the first poll that counts. */
  readonly odds: Odds | undefined;
  /** Which evidence sufficed; undefined while none has, and when something else ended the run. */
  readonly decided: "against" | "for" | undefined;
  /** A line for each criterion, as the Experiment has it. */
  readonly conclusions: readonly string[];
}

export interface Odds {
  /** Against the candidate, all criteria combined: what can roll it back. */
  readonly against: number;
  readonly needAgainst: number;
  /** For each criterion, in their order. */
  readonly inFavour: readonly number[];
  readonly needFor: number;
}

const assessment = z.object({
  conclusions: z.array(z.string()),
  abort_experiment: z.boolean().optional(),
  all_success_criteria_met: z.boolean().optional(),
  success_criteria: z.array(z.object({ odds_for: z.number() })),
  evidence: z.object({
    odds_against: z.number(),
    without_worst_poll: z.number(),
    need_against: z.number(),
    need_for: z.number(),
  }),
});

/** Undefined for what is no Experiment, weighs no evidence, or has not begun to. */
export function readEvidence(object: KubeObject): Reading | undefined {
  const { data } = experiment.safeParse(object);
  if (data?.status?.loop?.counting === undefined) return undefined;
  const { spec, metrics, status } = data;
  const { criteria, ignoreWorstPoll } = sequentialPlan(spec, metrics);
  const names = criteria.map((criterion) => `${titleOf(criterion)}, ${allowedOf(criterion)}`);
  const { data: seen } = assessment.safeParse(status.assessment);
  if (seen === undefined) return { criteria: names, odds: undefined, decided: undefined, conclusions: [] };
  const { evidence } = seen;
  const verdict = status.loop?.verdict?.reason;
  const passed = verdict === "CriteriaMet" || verdict === "OnSuccessBaseline";
  return {
    criteria: names,
    odds: {
      against: ignoreWorstPoll ? evidence.without_worst_poll : evidence.odds_against,
      needAgainst: evidence.need_against,
      inFavour: seen.success_criteria.map(({ odds_for }) => odds_for),
      needFor: evidence.need_for,
    },
    ...(verdict === "CriteriaFailed" && seen.abort_experiment === true
      ? { decided: "against" }
      : { decided: passed && seen.all_success_criteria_met === true ? "for" : undefined }),
    conclusions: seen.conclusions,
  };
}

/** Promotion waits for the criterion that has earned the least. */
export function leastOf({ inFavour }: Pick<Odds, "inFavour">): number {
  return Math.min(...inFavour);
}
