/** The counters of a metric as the Experiment holds them. */
import type { MetricRecord } from "../../experiment/schema.ts";
import type { CounterSelectors } from "../../metrics/counter-selectors.ts";

/** Failed requests: what the risk budget is about, and who is starved of requests, whatever the criteria are. */
export const FAILURES = "iter8_error_rate";

export function countersRecord(selectors: CounterSelectors): NonNullable<MetricRecord["counters"]> {
  if (selectors.kind === "ratio") return { requests: selectors.requests, bad: selectors.bad };
  const { buckets, unitMs, toleranceUnitMs } = selectors;
  return { buckets, unit_ms: unitMs, tolerance_unit_ms: toleranceUnitMs };
}

/** Undefined when only queries are known of the metric. */
export function selectorsOf(metric: MetricRecord | undefined): CounterSelectors | undefined {
  const { requests, bad, buckets, unit_ms: unitMs = 1, tolerance_unit_ms } = metric?.counters ?? {};
  if (buckets !== undefined) {
    return { kind: "buckets", buckets, unitMs, toleranceUnitMs: tolerance_unit_ms ?? unitMs };
  }
  return requests === undefined || bad === undefined ? undefined : { kind: "ratio", requests, bad };
}
