/** What a decision meant for the users, and the sums over many runs. */
import { between, type Decision } from "./rules/rule.ts";
import type { Stream } from "./stream.ts";

/** Sum and sum of squares. */
export interface Moments {
  readonly sum: number;
  readonly squares: number;
}

export type Quantity = "seconds" | "bad" | "weighed" | "requests" | "requestsWithLag";

/** Of one run. */
export interface Outcome extends Readonly<Record<Quantity, number>> {
  readonly end: Decision["end"];
}

/** Of many runs with one rule; the sums are over the runs with that end. */
export type Summary = Readonly<Record<Decision["end"], Ended>>;

interface Ended {
  readonly runs: number;
  readonly of: Readonly<Record<Quantity, Moments>>;
}

/**
 * `bad`: bad requests that the candidate served until traffic was moved. `requests`: what it got since the fault until the end of
 * the data that decided; `weighed`: those of them that were evidence; `requestsWithLag`: until traffic was moved. `seconds`: since the
 * fault.
 */
export function outcomeOf(stream: Stream, decision: Decision, kind: number): Outcome {
  const { end, atMs, seenMs, weights, weighed } = decision;
  const { faultMs, badIs } = stream.world;
  const total = between(stream, weights, 0, atMs);
  const after = between(stream, weights, faultMs, atMs);
  const requests = between(stream, weights, faultMs, Math.max(faultMs, seenMs)).sent;
  return {
    end,
    seconds: (atMs - Math.max(faultMs, weights[0]?.atMs ?? 0)) / 1000,
    bad: badIs === "no answer" ? total.sent : (total.candidate.bad[kind] ?? 0),
    weighed: weighed ?? requests,
    requests,
    requestsWithLag: after.sent,
  };
}

export function summarize(outcomes: readonly Outcome[]): Summary {
  const ended = (end: Decision["end"]): Ended => {
    const those = outcomes.filter((outcome) => outcome.end === end);
    return {
      runs: those.length,
      of: perQuantity((quantity) => ({
        sum: those.reduce((sum, outcome) => sum + outcome[quantity], 0),
        squares: those.reduce((sum, outcome) => sum + outcome[quantity] ** 2, 0),
      })),
    };
  };
  return perEnd(ended);
}

export function merge(a: Summary, b: Summary): Summary {
  return perEnd((end) => ({
    runs: a[end].runs + b[end].runs,
    of: perQuantity((quantity) => ({
      sum: a[end].of[quantity].sum + b[end].of[quantity].sum,
      squares: a[end].of[quantity].squares + b[end].of[quantity].squares,
    })),
  }));
}

function perEnd(make: (end: Decision["end"]) => Ended): Summary {
  return {
    "rolled back": make("rolled back"),
    promoted: make("promoted"),
    inconclusive: make("inconclusive"),
  };
}

function perQuantity(make: (quantity: Quantity) => Moments): Readonly<Record<Quantity, Moments>> {
  return {
    seconds: make("seconds"),
    bad: make("bad"),
    weighed: make("weighed"),
    requests: make("requests"),
    requestsWithLag: make("requestsWithLag"),
  };
}

/** Mean and its standard error. */
export interface Estimate {
  readonly mean: number;
  readonly error: number;
}

/** Over the runs with that end; undefined without any. */
export function meanOf(summary: Summary, end: Decision["end"], quantity: Quantity): Estimate | undefined {
  const { runs, of } = summary[end];
  if (runs === 0) return undefined;
  const { sum, squares } = of[quantity];
  const mean = sum / runs;
  const variance = runs > 1 ? Math.max(0, squares - runs * mean * mean) / (runs - 1) : 0;
  return { mean, error: Math.sqrt(variance / runs) };
}

/** The share of runs with that end. */
export function shareOf(summary: Summary, end: Decision["end"]): Estimate {
  const runs = runsOf(summary);
  const mean = runs > 0 ? summary[end].runs / runs : 0;
  return { mean, error: Math.sqrt((mean * (1 - mean)) / Math.max(1, runs)) };
}

export function runsOf(summary: Summary): number {
  return summary["rolled back"].runs + summary.promoted.runs + summary.inconclusive.runs;
}
