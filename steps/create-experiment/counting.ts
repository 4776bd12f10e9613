/** Whether an experiment that weighs evidence can come to a decision, and when: said before any traffic moves. */
import { formatDuration } from "../lib/experiment/duration.ts";
import type { Experiment, ExperimentSpec } from "../lib/experiment/schema.ts";
import { formatShare } from "../lib/experiment/share.ts";
import type { Measured, SequentialPlan } from "../lib/loop/model.ts";
import { sequentialPlan } from "../lib/loop/plan.ts";
import { pollOf } from "../lib/loop/sequential/counts.ts";
import { countedCriteria } from "../lib/loop/sequential/criteria.ts";
import { type Forecast, forecast, scaled } from "../lib/loop/sequential/forecast.ts";
import { edgesFor, ruleOf } from "../lib/loop/sequential/rule.ts";
import { FAILURES, selectorsOf } from "../lib/loop/sequential/selectors.ts";
import { allowedOf, titleOf } from "../lib/loop/sequential/words.ts";
import type { Problem } from "../lib/manifest/problem.ts";
import { limitWarning } from "../lib/metrics/buckets.ts";
import { requestsIn } from "../lib/metrics/growth.ts";
import { withRetry } from "../lib/process/retry.ts";
import { type Baseline, measureBaseline, startOf } from "../lib/release/counters.ts";
import type { World } from "../lib/release/release.ts";
import type { Config } from "./config.ts";
import { PATIENCE } from "./patience.ts";

type Records = NonNullable<Experiment["metrics"]>;

/** The criteria that cannot be counted, each with the cure. */
export function uncountable(
  { experimentPath, metricsConfig }: Config,
  spec: ExperimentSpec,
  records: Records,
): readonly Problem[] {
  const criteria = spec.analysis.successCriteria.flatMap((criterion, index) => {
    const counted = countedCriteria(criterion, selectorsOf(records[criterion.metricName]));
    if (counted.kind === "criteria") return [];
    const field = `spec.analysis.successCriteria[${index}]`;
    return [{ file: experimentPath, field, message: counted.problem }];
  });
  if (criteria.length > 0 || selectorsOf(records[FAILURES])?.kind === "ratio") return criteria;
  const message = `sequential counts failed requests whatever the criteria are, for the risk budget; the metrics ConfigMap ${metricsConfig} gives ${FAILURES} no counters requests and bad`;
  return [{ file: experimentPath, field: "spec.trafficControl.strategy", message }];
}

/** Says what the plan takes at today's traffic. Throws StepError when the metrics cannot be read. */
export async function sayForecast(
  { metrics, clock, log }: World,
  config: Config,
  spec: ExperimentSpec,
  records: Records,
  baseline: string,
): Promise<void> {
  const plan = sequentialPlan(spec, records);
  const { namespace, service } = config;
  const version = { kind: spec.targetService.kind, name: baseline, namespace, service };
  const measured = await withRetry(() => measureBaseline(metrics, plan.selectors, version, clock.now()), {
    clock,
    ...PATIENCE,
  });
  for (const warning of limitWarnings(plan, measured)) log.warn(`${warning}.`);
  log.info(trafficOf(baseline, measured));
  const start = startOf(plan, measured);
  if (measured.rate === 0 || start === undefined) {
    log.warn(
      `Nothing can be judged until ${baseline} and the candidate get requests; without them the run ends Inconclusive at the deadline of ${formatDuration(plan.deadlineMs)}.`,
    );
    return;
  }
  const expected = expectation(plan, measured, start);
  log[expected.kind === "promoted" ? "info" : "warn"](forecastText(plan, measured, expected));
}

function limitWarnings(plan: SequentialPlan, { edges }: Baseline): readonly string[] {
  return plan.criteria.flatMap(({ metric, measure, unitMs }) => {
    if (measure.kind !== "slower") return [];
    return limitWarning(metric, measure.limitMs, edgesFor(plan, metric, edges), unitMs) ?? [];
  });
}

function trafficOf(baseline: string, { growth, rate, scrapeMs, burst }: Baseline): string {
  const failures = growth[FAILURES];
  const share =
    failures?.kind === "ratio" && failures.requests > 0
      ? `, ${formatShare(failures.bad / failures.requests)} of ${Math.round(failures.requests)} failed in the last ten minutes`
      : "";
  const scrapes =
    scrapeMs === undefined ? "it was not scraped yet" : `scraped every ${formatDuration(scrapeMs)}`;
  const bursts = burst > 1.5 ? `; failures come in bursts of about ${Math.round(burst)}` : "";
  return `${baseline} gets ${Number(rate.toPrecision(2))} requests a second${share}; ${scrapes}${bursts}.`;
}

/** A candidate that is exactly like the baseline, at today's rate. */
function expectation(plan: SequentialPlan, baseline: Baseline, start: Measured): Forecast {
  const failures = baseline.growth[FAILURES];
  const seen = failures === undefined ? 0 : requestsIn(failures);
  const perPoll = seen > 0 ? (baseline.rate * start.pollMs) / 1000 / seen : 0;
  const edges = (metric: string) => edgesFor(plan, metric, start.edges);
  return forecast(ruleOf(plan, start), plan, start, (weight) => {
    const share = (percent: number) => scaled(baseline.growth, (perPoll * percent) / 100);
    return pollOf(plan.criteria, edges, { baseline: share(100 - weight), candidate: share(weight) }, weight);
  });
}

function forecastText(plan: SequentialPlan, { rate }: Baseline, expected: Forecast): string {
  const deadline = formatDuration(plan.deadlineMs);
  if (expected.kind === "promoted") {
    const after = formatDuration(expected.afterMs);
    return `A candidate that is as good would be promoted about ${after} after its first weight; what is not decided at the deadline of ${deadline} ends as on-inconclusive says.`;
  }
  const open = expected.criteria
    .flatMap((index) => plan.criteria[index] ?? [])
    .map((criterion) => `${titleOf(criterion)} (${allowedOf(criterion)})`);
  return (
    `At ${Number(rate.toPrecision(2))} requests a second a candidate that is as good as the baseline will not be promoted before the deadline of ${deadline}` +
    `${open.length > 0 ? `: ${open.join(", ")} would still be open` : ""}. A bad one is rolled back as soon as that shows, anything else ends Inconclusive; ` +
    "for a promotion take a longer deadline, a wider limit or margin, or more traffic."
  );
}
