/** The experiment loop, and settle mode: whatever happened before, the release ends whole. */
import { formatDuration } from "../lib/experiment/duration.ts";
import { commitState, type Outcome } from "../lib/experiment/outcome.ts";
import type { Experiment, ExperimentSpec } from "../lib/experiment/schema.ts";
import type { Plan } from "../lib/loop/model.ts";
import { allowedOf, titleOf } from "../lib/loop/sequential/words.ts";
import { StepError } from "../lib/ports/errors.ts";
import { EXIT, exitCode } from "../lib/process/exit-codes.ts";
import { type Edge, outcomeResults, type StepEnd } from "../lib/process/step.ts";
import { drive } from "../lib/release/drive.ts";
import { experimentOfRun } from "../lib/release/experiments.ts";
import { interrupt } from "../lib/release/interrupt.ts";
import { leave } from "../lib/release/lock.ts";
import { loadRelease, type World } from "../lib/release/release.ts";
import { settle } from "../lib/release/settle.ts";
import type { Config } from "./config.ts";

export interface Deps extends World, Edge {
  /** Unique to this process. */
  readonly writer: string;
}

export async function waitAndCleanup(config: Config, deps: Deps): Promise<StepEnd> {
  const experiment = await experimentOfRun(deps.cluster, config.namespace, config.run.uid);
  switch (config.mode) {
    case "run":
      return await runLoop(config, deps, experiment);
    case "settle":
      return await settleRun(config, deps, experiment);
  }
}

async function runLoop(config: Config, deps: Deps, experiment: Experiment | undefined): Promise<StepEnd> {
  if (experiment === undefined) {
    throw new StepError(
      `could not find the Experiment of run ${config.run.name} in namespace ${config.namespace}`,
    );
  }
  const release = await loadRelease(deps.cluster, experiment, config.run, config);
  deps.log.info(story(experiment, release.plan));
  try {
    const end = await drive(deps, release, { writer: deps.writer, signal: deps.signal });
    if (end.kind === "taken-over") {
      return {
        exitCode: EXIT.error,
        sentence: `Another process took over ${experiment.metadata.name}: nothing more was touched.`,
      };
    }
    // The lock stays with the run until its finally task has settled: a run that dies before that is known by it.
    return ending(end.outcome, config.failOnRollback);
  } catch (error) {
    if (!deps.signal.aborted) throw error;
    await interrupt(deps, release, deps.writer);
    return {
      exitCode: EXIT.terminated,
      sentence: "Interrupted: the finally task or the next run goes on from here.",
    };
  }
}

async function settleRun(config: Config, deps: Deps, experiment: Experiment | undefined): Promise<StepEnd> {
  let sentence = "Nothing to settle: this run created no Experiment.";
  if (experiment !== undefined) {
    const end = await settle(deps, experiment, { ...config, writer: deps.writer, signal: deps.signal });
    sentence = end.kind === "completed" ? end.outcome.sentence : "Another process settles this release.";
  }
  await leave(deps.cluster, config.namespace, config.service, config.run);
  return { exitCode: EXIT.done, sentence };
}

function ending(outcome: Outcome, failOnRollback: boolean): StepEnd {
  const { sentence } = outcome;
  const green = commitState(outcome, failOnRollback) === "success";
  return {
    exitCode: green ? EXIT.done : exitCode(outcome, failOnRollback),
    sentence,
    results: outcomeResults(outcome),
  };
}

function story({ metadata, spec }: Experiment, { sequential }: Plan): string {
  const { baseline, candidate } = spec.targetService;
  if (!baseline) return `Experiment ${metadata.name}: first deployment of ${candidate}.`;
  const { strategy } = spec.trafficControl;
  const criteria =
    sequential?.criteria.map((one) => `${titleOf(one)} ${allowedOf(one)}`) ??
    spec.analysis.successCriteria.map(toleranceText);
  return (
    `Experiment ${metadata.name}: ${baseline} (baseline) against ${candidate} (candidate), ${strategy}, ` +
    `${pace(spec.trafficControl, sequential)}; ${criteria.length === 0 ? "no criteria" : criteria.join(", ")}.`
  );
}

function pace(control: ExperimentSpec["trafficControl"], sequential: Plan["sequential"]): string {
  if (sequential !== undefined) {
    const { steps, minSoakMs, deadlineMs } = sequential;
    return `steps ${steps.join(", ")} %, at least ${formatDuration(minSoakMs)}, at most ${formatDuration(deadlineMs)}`;
  }
  const { interval, maxIterations, trafficStepSize, maxTrafficPercentage } = control;
  return `${maxIterations} x ${interval}, ${trafficStepSize} % a step up to ${maxTrafficPercentage} %`;
}

function toleranceText(criterion: ExperimentSpec["analysis"]["successCriteria"][number]): string {
  const { metricName, toleranceType, tolerance, sampleSize = 10 } = criterion;
  return `${metricName} ${toleranceType} ${tolerance} (from ${sampleSize} requests on)`;
}
