/** One check of all criteria, and what Iter8 writes about it into the Experiment. */
import type { ToleranceCriterion } from "../experiment/criterion.ts";
import type { ExperimentStatus } from "../experiment/schema.ts";
import { breaches, type CriterionResult, judge } from "./criteria.ts";
import type { Reading, Readings } from "./model.ts";

export interface Assessment {
  readonly results: readonly CriterionResult[];
  readonly allMet: boolean;
  readonly abort: boolean;
  /** Whether any number moved since the last check; without that Iter8 leaves the weights alone. */
  readonly changed: boolean;
  /** Iter8's summary sentences. */
  readonly conclusions: readonly string[];
  /** What to remember for the next check (`status.analysisState`). */
  readonly remembered: AnalysisState;
}

type AnalysisState = NonNullable<ExperimentStatus["analysisState"]>;
type Measured = Extract<Readings, { ok: true }>["metrics"];
type Pairs = readonly (readonly (number | null)[])[];

const NOTHING: Reading = { value: undefined, sampleSize: 0 };

/** Judges every criterion. `first` is the check that starts the experiment. */
export function assess(
  criteria: readonly ToleranceCriterion[],
  counters: ReadonlySet<string>,
  measured: Measured,
  state: AnalysisState,
  first: boolean,
): Assessment {
  const pairs = criteria.map((criterion) => {
    const pair = measured.get(criterion.metricName);
    return { criterion, baseline: pair?.baseline ?? NOTHING, candidate: pair?.candidate ?? NOTHING };
  });
  const results = pairs.map((pair) => judge(pair.criterion, pair, counters.has(pair.criterion.metricName)));
  const allMet = results.every((result) => result.met);
  const abort = results.some((result) => result.abort);

  const baseline = remember(
    state.baseline?.success_criterion_information,
    pairs.map((pair) => pair.baseline),
  );
  const candidate = remember(
    state.candidate?.success_criterion_information,
    pairs.map((pair) => pair.candidate),
  );
  const changed = first || baseline.changed || candidate.changed;
  const baselineFails =
    !first && changed && !allMet && pairs.some((pair) => breaches(pair.criterion, pair.baseline));

  return {
    results,
    allMet,
    abort,
    changed,
    conclusions: [
      ...(first ? ["Experiment started"] : []),
      ...(!first && abort ? ["The experiment needs to be aborted"] : []),
      // The two spaces are Iter8's; scripts compare the string.
      ...(first ? [] : [allMet ? "All success criteria were  met" : "All success criteria were not met"]),
      ...(changed ? [] : ["No change observed in this iteration. Traffic percentage is not altered"]),
      ...(baselineFails ? ["The baseline version did not meet success criteria"] : []),
    ],
    remembered: {
      baseline: { success_criterion_information: baseline.pairs.map((pair) => [...pair]) },
      candidate: { success_criterion_information: candidate.pairs.map((pair) => [...pair]) },
    },
  };
}

/** Iter8's rule: a pair is new when the whole number of requests grew or the value is another one. */
function remember(
  before: Pairs | undefined,
  readings: readonly Reading[],
): { pairs: Pairs; changed: boolean } {
  let changed = false;
  const pairs = readings.map((reading, index) => {
    const now = [reading.sampleSize, reading.value ?? null] as const;
    const old = before?.[index] ?? [0, 0];
    const isNew = Math.trunc(now[0]) > Math.trunc(old[0] ?? 0) || now[1] !== (old[1] ?? null);
    if (isNew) changed = true;
    return isNew ? now : old;
  });
  return { pairs, changed };
}

/** `status.assessment`, in Iter8's snake_case; booleans of the summary that are false are left out, as Iter8 does. */
export function assessmentRecord(assessment: Assessment): NonNullable<ExperimentStatus["assessment"]> {
  return {
    conclusions: [...assessment.conclusions],
    ...(assessment.allMet && { all_success_criteria_met: true }),
    ...(assessment.abort && { abort_experiment: true }),
    success_criteria: assessment.results.map((result) => ({
      metric_name: result.metric,
      conclusions: [...result.conclusions],
      success_criterion_met: result.met,
      abort_experiment: result.abort,
      // Ours: the verdict that Iter8's booleans cannot tell.
      verdict: result.verdict,
    })),
  };
}
