/** `rate`, `increase` and `delta`: the difference over a window, extrapolated to its ends as Prometheus does. */
import type { Sample, Series } from "../../steps/lib/ports/metrics.ts";
import { type Matrix, type Vector, vectorOf, withoutName } from "./value.ts";

export interface RateKind {
  /** Falling means that the counter restarted at zero, and it never was below zero. */
  readonly counter: boolean;
  readonly perSecond: boolean;
}

/** One sample per series with at least two samples in the window. */
export function extrapolatedRate(matrix: Matrix, kind: RateKind): Vector {
  const samples: Sample[] = [];
  for (const series of matrix.series) {
    const value = seriesRate(series, matrix, kind);
    if (value !== undefined) samples.push({ labels: withoutName(series.labels), value });
  }
  return vectorOf(samples);
}

function seriesRate({ samples }: Series, { after, until }: Matrix, kind: RateKind): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < 2) return undefined;

  let difference = last.value - first.value;
  if (kind.counter) difference += lostInResets(samples);

  const sampled = last.time - first.time;
  const average = sampled / (samples.length - 1);
  // A gap at an end that is not much longer than usual belongs to the series; beyond a longer one the series is
  // taken to have begun (or ended) half a usual gap outside.
  const reach = (gap: number): number => (gap >= average * 1.1 ? average / 2 : gap);
  let before = reach(first.time - after);
  if (kind.counter && difference > 0 && first.value >= 0)
    before = Math.min(before, sampled * (first.value / difference));
  const extended = (difference * (sampled + before + reach(until - last.time))) / sampled;
  return kind.perSecond ? extended / ((until - after) / 1000) : extended;
}

function lostInResets(samples: Series["samples"]): number {
  let lost = 0;
  let previous = 0;
  for (const { value } of samples) {
    if (value < previous) lost += previous;
    previous = value;
  }
  return lost;
}
