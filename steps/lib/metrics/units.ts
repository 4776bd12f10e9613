/** The guard against seconds written where milliseconds are measured, and the other way round. */
import type { MetricDefinition } from "./templates.ts";

export interface UnitCheck {
  readonly metric: string;
  /** The criterion's absolute limit. */
  readonly threshold: number;
  /** The live baseline's value over the last minute; undefined when there is none. */
  readonly baseline: number | undefined;
  /** Requests of the baseline that the value rests on. */
  readonly requests: number;
  /** Name of the metrics ConfigMap. */
  readonly metricsConfig: string;
}

const LEAST_REQUESTS = 10;
const TOO_SMALL = 1 / 20;
const TOO_LARGE = 1000;

/** Whether a metric measures time: its name says latency, or it reads a duration series. */
export function isLatency({
  name,
  queryTemplate,
}: Pick<MetricDefinition, "name" | "queryTemplate">): boolean {
  return /latency/i.test(name) || /duration|latency|_rq_time/i.test(queryTemplate);
}

/** The sentence that rejects a threshold whose unit cannot be the metric's, or undefined when it can be. */
export function unitProblem({
  metric,
  threshold,
  baseline,
  requests,
  metricsConfig,
}: UnitCheck): string | undefined {
  if (baseline === undefined || !(baseline > 0) || requests < LEAST_REQUESTS) return undefined;
  const small = threshold < baseline * TOO_SMALL;
  if (!small && !(threshold > baseline * TOO_LARGE)) return undefined;
  const other = metricsConfig.endsWith("-seconds")
    ? metricsConfig.slice(0, -"-seconds".length)
    : `${metricsConfig}-seconds`;
  const meant = small
    ? "seconds where the metric is in milliseconds"
    : "milliseconds where the metric is in seconds";
  const converted = Number((small ? threshold * 1000 : threshold / 1000).toPrecision(6));
  const switched = small === !metricsConfig.endsWith("-seconds");
  return (
    `${metric}: the threshold ${threshold} cannot be in the unit of the metric, the baseline is at ` +
    `${Number(baseline.toPrecision(4))} now (${requests} requests in the last minute); probably it is in ${meant}: ` +
    `write ${converted}${switched ? `, or set the param metrics-config to ${other}` : ""}`
  );
}
