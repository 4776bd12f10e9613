/** Whether the experiment can be judged at all: its metrics exist, answer, and mean what their limits say. */
import { formatDuration, parseDuration } from "../lib/experiment/duration.ts";
import type { Experiment, ExperimentSpec, MetricRecord } from "../lib/experiment/schema.ts";
import { sequentialSettings } from "../lib/experiment/sequential.ts";
import { countersRecord, FAILURES } from "../lib/loop/sequential/selectors.ts";
import type { Problem } from "../lib/manifest/problem.ts";
import { readMetrics } from "../lib/metrics/read.ts";
import { entityTags } from "../lib/metrics/samples.ts";
import type { MetricDefinition } from "../lib/metrics/templates.ts";
import { isLatency, unitProblem } from "../lib/metrics/units.ts";
import { InvalidError, StepError } from "../lib/ports/errors.ts";
import { withRetry } from "../lib/process/retry.ts";
import { readMetric } from "../lib/release/measure.ts";
import type { World } from "../lib/release/release.ts";
import type { Config } from "./config.ts";
import { sayForecast, uncountable } from "./counting.ts";
import { PATIENCE } from "./patience.ts";
import { rejected, rejectedFor, unavailable } from "./stop.ts";

/** The metrics of the criteria, ready for the Experiment. Throws Stop. */
export async function checkCriteria(
  world: World,
  config: Config,
  spec: ExperimentSpec,
  baseline: string,
): Promise<NonNullable<Experiment["metrics"]>> {
  checkTime(config, spec);
  const criteria = spec.analysis.successCriteria;
  if (criteria.length === 0) return {};
  const sequential = spec.trafficControl.strategy === "sequential";
  const definitions = await definitionsOf(world, config, spec, sequential);
  const records = Object.fromEntries(definitions.map((one) => [one.name, recordOf(one)]));
  if (spec.trafficControl.strategy === "increment_without_check") return records;
  const problems = sequential ? uncountable(config, spec, records) : [];
  if (problems.length > 0) throw rejectedFor(problems);
  for (const definition of definitions) {
    await checkMetric(world, config, spec, definition, baseline);
  }
  if (sequential) {
    await answering(config, "counters", () => sayForecast(world, config, spec, records, baseline));
  }
  return records;
}

/** The loop keeps to max-duration, so a plan that needs more would never reach its last check. */
function checkTime(config: Config, { trafficControl }: ExperimentSpec): void {
  const { maxIterations, interval, strategy } = trafficControl;
  const needed =
    strategy === "sequential"
      ? sequentialSettings(trafficControl).deadlineMs
      : maxIterations * (parseDuration(interval) ?? 0);
  if (needed <= config.maxDurationMs) return;
  const [sum, cure] =
    strategy === "sequential"
      ? ["the deadline is", "take an earlier deadline"]
      : [`the plan needs ${maxIterations} x ${interval} =`, "take fewer maxIterations, a shorter interval"];
  throw rejected(
    `${config.experimentPath}: ${sum} ${formatDuration(needed)}, ` +
      `more than max-duration ${formatDuration(config.maxDurationMs)}; ${cure}, or raise max-duration and the timeouts of the pipeline.`,
  );
}

async function definitionsOf(
  { cluster }: World,
  config: Config,
  spec: ExperimentSpec,
  sequential: boolean,
): Promise<readonly MetricDefinition[]> {
  const { metricsConfig, metricsNamespace, experimentPath } = config;
  const criteria = spec.analysis.successCriteria;
  const configMap = await cluster.get("ConfigMap", metricsNamespace, metricsConfig);
  if (configMap === undefined) {
    throw rejected(
      `ConfigMap ${metricsNamespace}/${metricsConfig} does not exist; install it with the bundle, or correct the param metrics-config.`,
    );
  }
  const { metrics, problems } = readMetrics(
    configMap,
    // Failed requests are counted whatever the criteria are: for the risk budget, and to see who answers at all.
    [...criteria.map((criterion) => criterion.metricName), ...(sequential ? [FAILURES] : [])],
  );
  const deltas: Problem[] = criteria.flatMap((criterion, index) => {
    const counter = metrics.some((metric) => metric.name === criterion.metricName && metric.isCounter);
    if (criterion.toleranceType !== "delta" || !counter || sequential) return [];
    const message = `delta cannot be used with the counter ${criterion.metricName}; use threshold, or a metric that is a rate`;
    return [
      { file: experimentPath, field: `spec.analysis.successCriteria[${index}].toleranceType`, message },
    ];
  });
  if (problems.length + deltas.length > 0) throw rejectedFor([...problems, ...deltas]);
  return metrics;
}

/** Asks for the metric of the live version: the query must be one, the store must answer, the unit must be right. */
async function checkMetric(
  { metrics, clock, log }: World,
  config: Config,
  spec: ExperimentSpec,
  definition: MetricDefinition,
  baseline: string,
): Promise<void> {
  const tags = entityTags(spec.targetService.kind, baseline, config.namespace);
  const window = { intervalS: 60, offsetS: 0 };
  const { value, sampleSize } = await answering(config, `metric ${definition.name}`, async () => {
    const read = await withRetry(
      () => readMetric(metrics, recordOf(definition), window, clock.now(), Object.keys(tags)),
      { clock, ...PATIENCE },
    );
    return read(tags);
  });
  log.info(
    `${definition.name} of ${baseline} over the last minute: ${value ?? "no value"} (${Math.round(sampleSize)} requests).`,
  );
  for (const criterion of spec.analysis.successCriteria) {
    const { metricName, toleranceType, tolerance } = criterion;
    if (metricName !== definition.name || toleranceType !== "threshold" || !isLatency(definition)) continue;
    const problem = unitProblem({
      metric: definition.name,
      threshold: tolerance ?? 0,
      baseline: value,
      requests: Math.round(sampleSize),
      metricsConfig: config.metricsConfig,
    });
    if (problem !== undefined) throw rejected(`${config.experimentPath}: ${problem}`);
  }
}

/** Asks the metrics store; a query that is none is bad input, a store that is away ends the run. */
async function answering<T>(config: Config, what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof InvalidError) {
      throw rejected(
        `ConfigMap ${config.metricsNamespace}/${config.metricsConfig}: ${what} is no valid query: ${error.message}.`,
      );
    }
    if (!(error instanceof StepError)) throw error;
    throw unavailable(
      "MetricsUnavailable",
      `Prometheus cannot be asked: ${error.message}. Nothing was changed; check the param prometheus-url.`,
    );
  }
}

function recordOf(definition: MetricDefinition): MetricRecord {
  return {
    query_template: definition.queryTemplate,
    sample_size_template: definition.sampleSizeTemplate,
    is_counter: definition.isCounter,
    absent_value: definition.absentValue === null ? "None" : String(definition.absentValue),
    ...(definition.counters && { counters: countersRecord(definition.counters) }),
  };
}
