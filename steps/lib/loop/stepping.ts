/** Giving the candidate another weight: at once when it has the pods, otherwise they are asked for first. */
import type { ExperimentStatus } from "../experiment/schema.ts";
import { podsNeeded, scaleUp } from "./capacity.ts";
import type { Decision, Effect, Observation, Plan } from "./model.ts";
import { currentWeight, withWeight } from "./record.ts";

/** Gives the candidate `target` percent, or asks for the pods that this takes. */
export function step(
  plan: Plan,
  status: ExperimentStatus,
  seen: Observation,
  target: number,
  now: number,
): Decision {
  const weight = currentWeight(status);
  if (target === weight) {
    return { status, effects: [], lines: [{ level: "info", text: `Weight stays at ${weight} %.` }] };
  }
  const needed = podsNeeded(target, seen.baseline);
  if (seen.candidate !== undefined && seen.candidate.ready < needed) {
    const text = `Weight stays at ${weight} % until ${needed} pods are ready for ${target} % (${seen.candidate.ready} are).`;
    return { status, effects: scaleUp(plan, seen.candidate, needed), lines: [{ level: "info", text }] };
  }
  const effects: Effect[] = [
    { do: "route", candidate: target },
    {
      do: "event",
      type: "Normal",
      reason: "IterationSucceeded",
      message: `New Traffic, baseline: ${100 - target}, candidate: ${target}`,
    },
  ];
  return {
    status: withWeight(status, target, now),
    effects,
    lines: [{ level: "info", text: `Weight ${weight} % -> ${target} %.` }],
  };
}

/** The weight that is wanted now. Iter8's strategies want fractions and give whole percents. */
export function wantedWeight(plan: Plan, status: ExperimentStatus): number {
  const wanted = status.loop?.wanted ?? 0;
  return plan.sequential === undefined ? Math.trunc(wanted) : wanted;
}
