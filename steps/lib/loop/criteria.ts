/**
 * Iter8's criteria: which verdict each gets at one check, with the arithmetic of iter8-analytics v0.2.1 and its
 * sentences. Where Iter8 mixes "bad" with "no data", the verdict keeps them apart.
 */
import type { ToleranceCriterion } from "../experiment/criterion.ts";
import type { Reading } from "./model.ts";

/**
 * From best to worst for a reader: `both-violate` is a breach that the baseline commits too; `undecided` has too few
 * requests; `no-data` has none, or no value for them.
 */
export type CriterionVerdict = "satisfied" | "both-violate" | "violated" | "undecided" | "no-data";

export interface CriterionResult {
  readonly metric: string;
  readonly verdict: CriterionVerdict;
  /** Iter8's `success_criterion_met`. */
  readonly met: boolean;
  /** Iter8's `abort_experiment`: a breach that may not wait for the last check. */
  readonly abort: boolean;
  /** Iter8's sentences. */
  readonly conclusions: readonly string[];
  /** The arithmetic, for a person: values, limit, requests on each side. */
  readonly sentence: string;
}

interface Pair {
  readonly baseline: Reading;
  readonly candidate: Reading;
}

/** Judges one criterion; `counter` says that the metric only grows (such a breach cannot heal, so it aborts). */
export function judge(
  criterion: ToleranceCriterion,
  { baseline, candidate }: Pair,
  counter: boolean,
): CriterionResult {
  const { metricName: metric, tolerance, toleranceType, sampleSize } = criterion;
  const delta = toleranceType === "delta";
  const sufficient = candidate.sampleSize >= sampleSize && (!delta || baseline.sampleSize >= sampleSize);
  const insufficient = sufficient ? [] : ["Insufficient sample size. "];
  const open = { metric, met: false, abort: false, conclusions: insufficient };

  if (candidate.sampleSize <= 0 || (delta && baseline.sampleSize <= 0)) {
    const whose = candidate.sampleSize <= 0 ? "candidate" : "baseline";
    return { ...open, verdict: "no-data", sentence: `${metric}: no requests to the ${whose} yet` };
  }
  if (!sufficient) {
    const [whose, size] =
      candidate.sampleSize < sampleSize
        ? ["candidate", candidate.sampleSize]
        : ["baseline", baseline.sampleSize];
    return {
      ...open,
      verdict: "undecided",
      sentence: `${metric}: ${Math.floor(size)} of the ${sampleSize} requests that the ${whose} needs`,
    };
  }
  if (candidate.value === undefined || (delta && baseline.value === undefined)) {
    const whose = candidate.value === undefined ? "candidate" : "baseline";
    return { ...open, verdict: "no-data", sentence: `${metric}: no value for the ${whose}` };
  }

  const limit = delta ? (1 + tolerance) * (baseline.value ?? 0) : tolerance;
  const met = candidate.value <= limit;
  const baselineBreaches = !delta && breaches(criterion, baseline);
  const verdict = met ? "satisfied" : baselineBreaches ? "both-violate" : "violated";
  const exceeded = counter && !delta && !met;
  return {
    metric,
    verdict,
    met,
    abort: !met && (criterion.stopOnFailure || exceeded),
    conclusions: [
      delta
        ? `${metric} of the candidate (${candidate.value}) is ${met ? "" : "not "}within delta ${tolerance} of the baseline (${baseline.value}). `
        : `${metric} of the candidate (${candidate.value}) is ${met ? "" : "not "}within threshold ${tolerance} . `,
      ...(exceeded ? ["Counter Metric exceeded threshold value. Aborting experiment."] : []),
    ],
    sentence: arithmetic(criterion, limit, candidate, baseline, candidate.value, met),
  };
}

/** Whether the baseline itself is beyond a threshold, with enough requests to say so. */
export function breaches(criterion: ToleranceCriterion, baseline: Reading): boolean {
  return (
    criterion.toleranceType === "threshold" &&
    baseline.sampleSize >= Math.max(criterion.sampleSize, 1) &&
    baseline.value !== undefined &&
    baseline.value > criterion.tolerance
  );
}

function arithmetic(
  criterion: ToleranceCriterion,
  limit: number,
  candidate: Reading,
  baseline: Reading,
  value: number,
  met: boolean,
): string {
  const allowed =
    criterion.toleranceType === "delta"
      ? `${round(limit)} (baseline ${baseline.value} ${criterion.tolerance < 0 ? "-" : "+"} ${round(Math.abs(criterion.tolerance) * 100)} %)`
      : `${limit}`;
  const ours = `${criterion.metricName} ${value} ${met ? "is at most" : "exceeds"} ${allowed} over ${requests(candidate)}`;
  const theirs = baseline.value === undefined ? "no value" : `${baseline.value}`;
  return `${ours}; baseline ${theirs} over ${requests(baseline)}`;
}

function requests(reading: Reading): string {
  const count = Math.round(reading.sampleSize);
  return `${count} request${count === 1 ? "" : "s"}`;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
