/** One iteration: Iter8's arithmetic of the controller around the strategy's answer. */
import type { ExperimentStatus } from "../experiment/schema.ts";
import { type Assessment, assess, assessmentRecord } from "./assessment.ts";
import type { Decision, Line, Observation, Plan, Readings } from "./model.ts";
import { conclude, currentWeight, timeOf, withIteration, withLoop, withMetrics } from "./record.ts";
import { step } from "./stepping.ts";
import { AVAILABLE } from "./strategies/strategy.ts";
import { lastCheck, stopped } from "./verdicts.ts";

type Measured = Extract<Readings, { ok: true }>["metrics"];

/** `measured` is undefined for a strategy that reads no metrics. */
export function check(
  plan: Plan,
  status: ExperimentStatus,
  seen: Observation,
  measured: Measured | undefined,
  now: number,
): Decision {
  const done = status.currentIteration ?? 0;
  const first = done === 0;
  const assessment =
    measured === undefined
      ? undefined
      : assess(plan.criteria, plan.counters, measured, status.analysisState ?? {}, first);
  const allMet = assessment?.allMet ?? true;
  const iteration = done + 1;
  const title = `Check ${iteration} of ${plan.maxIterations + 1}`;
  const checked = record(status, assessment, now);

  if (assessment?.abort === true) {
    const { lines, ...decision } = conclude(checked, stopped(plan, assessment.results), now);
    return { ...decision, lines: [...resultLines(title, assessment), ...lines] };
  }

  const recommended = weightWanted(plan, status, assessment, first);
  const weight = currentWeight(status);
  // Iter8's controller leaves the traffic alone after a failed check, whatever was recommended.
  const holds = !first && !allMet && Math.trunc(recommended) !== weight;
  const wanted = holds ? weight : recommended;
  const moved = step(plan, withLoop(checked, { wanted }), seen, Math.trunc(wanted), now);
  const counted = withLoop(withIteration(moved.status, iteration, now), {
    nextCheck: new Date(nextOnGrid(plan, status, now)).toISOString(),
  });
  const lines: Line[] = [
    ...(assessment === undefined
      ? [{ level: "info" as const, text: `${title}: no metrics are asked for.` }]
      : resultLines(title, assessment)),
    ...moved.lines,
    ...splitLine(seen, weight),
  ];
  if (iteration <= plan.maxIterations) return { status: counted, effects: moved.effects, lines };

  const last = conclude(counted, lastCheck(plan, assessment?.results ?? [], allMet), now);
  return { status: last.status, effects: moved.effects, lines: [...lines, ...last.lines] };
}

function weightWanted(
  plan: Plan,
  status: ExperimentStatus,
  assessment: Assessment | undefined,
  first: boolean,
): number {
  const weight = status.loop?.wanted ?? 0;
  const strategy = AVAILABLE[plan.strategy];
  if (strategy?.kind !== "checks") return weight;
  return strategy.next({
    first,
    allMet: assessment?.allMet ?? true,
    changed: assessment?.changed ?? true,
    weight,
    stepSize: plan.stepSize,
    maxWeight: plan.maxWeight,
  });
}

function record(status: ExperimentStatus, assessment: Assessment | undefined, now: number): ExperimentStatus {
  if (assessment === undefined) return status;
  return {
    ...withMetrics(status, now),
    assessment: assessmentRecord(assessment),
    analysisState: assessment.remembered,
  };
}

function resultLines(title: string, assessment: Assessment): Line[] {
  return assessment.results.map((result) => {
    const bad = result.verdict === "violated" || result.verdict === "both-violate";
    const note = result.verdict === "both-violate" ? " (the baseline is beyond the limit as well)" : "";
    return { level: bad ? "warn" : "info", text: `${title}: ${result.verdict}, ${result.sentence}${note}.` };
  });
}

/** Says when the mesh does something else than the route asks: load that bypasses it, or a control plane that is away. */
function splitLine(seen: Observation, weight: number): Line[] {
  const share = seen.observedShare;
  if (share === undefined || share.requests < 30) return [];
  // Three standard errors of a binomial share, and at least five points.
  const slack = Math.max(5, 300 * Math.sqrt(((weight / 100) * (1 - weight / 100)) / share.requests));
  if (Math.abs(share.candidate - weight) <= slack) return [];
  const text = `The candidate got ${Math.round(share.candidate)} % of ${share.requests} requests where the route says ${weight} %.`;
  return [{ level: "warn", text }];
}

/**
 * Checks keep to the grid start + k x interval. Those that were missed are left out, and so is one that would come within a
 * quarter of the interval after a late one: hardly anything would be new to it.
 */
function nextOnGrid(plan: Plan, status: ExperimentStatus, now: number): number {
  const due = timeOf(status.loop?.nextCheck) ?? now;
  const missed = Math.max(0, Math.floor((now - due) / plan.intervalMs + 0.25));
  return due + (missed + 1) * plan.intervalMs;
}
