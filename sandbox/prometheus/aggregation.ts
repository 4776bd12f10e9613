/** `sum by (...) (...)` and its kin. */
import type { Sample } from "../../steps/lib/ports/metrics.ts";
import type { AggregationOperator, Grouping } from "./expression.ts";
import type { Labels } from "./matcher.ts";
import { labelKey } from "./samples.ts";
import { groupLabels, type Vector, vectorOf } from "./value.ts";

/** One sample per group; nothing comes of nothing. */
export function aggregate(
  operator: AggregationOperator,
  grouping: Grouping,
  samples: readonly Sample[],
): Vector {
  const groups = new Map<string, { readonly labels: Labels; readonly values: number[] }>();
  for (const sample of samples) {
    const labels = groupLabels(grouping, sample.labels);
    const key = labelKey(labels);
    const group = groups.get(key) ?? { labels, values: [] };
    groups.set(key, group);
    group.values.push(sample.value);
  }
  return vectorOf(
    [...groups.values()].map(({ labels, values }) => ({ labels, value: combine(operator, values) })),
  );
}

function combine(operator: AggregationOperator, values: readonly number[]): number {
  switch (operator) {
    case "sum":
      return sum(values);
    case "avg":
      return sum(values) / values.length;
    case "count":
      return values.length;
    case "min":
      return extreme(values, (a, b) => a < b);
    case "max":
      return extreme(values, (a, b) => a > b);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** NaN gives way to any number. */
function extreme(values: readonly number[], better: (a: number, b: number) => boolean): number {
  return values.reduce(
    (best, value) => (better(value, best) || Number.isNaN(best) ? value : best),
    Number.NaN,
  );
}
