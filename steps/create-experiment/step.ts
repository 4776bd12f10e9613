/**
 * Turns a push into an experiment: reads the pushed commit, takes the lock, finds baseline and candidate, checks everything
 * that can be checked, writes the Experiment and prepares the route. Nothing of the candidate exists before that.
 */
import { shortRevision, triggeredRunName } from "../lib/experiment/names.ts";
import type { Outcome } from "../lib/experiment/outcome.ts";
import type { ExperimentSpec } from "../lib/experiment/schema.ts";
import { defaultExperiment } from "../lib/experiment/sequential.ts";
import { conclude } from "../lib/loop/record.ts";
import { StepError } from "../lib/ports/errors.ts";
import type { Forge, Source } from "../lib/ports/forge.ts";
import { exitCode } from "../lib/process/exit-codes.ts";
import { type Edge, outcomeResults, type StepEnd } from "../lib/process/step.ts";
import { record } from "../lib/release/drive.ts";
import { experimentOfRun } from "../lib/release/experiments.ts";
import { type Enrolled, leave, takeLock } from "../lib/release/lock.ts";
import { loadRelease, routeTarget, type World } from "../lib/release/release.ts";
import { settleOthers } from "../lib/release/settle.ts";
import type { RouteTarget } from "../lib/routes/route.ts";
import { begin } from "./begin.ts";
import { compareDeployments, compareServices } from "./comparison.ts";
import type { Config } from "./config.ts";
import { mendRoute } from "./mend-route.ts";
import { applyInPlace } from "./no-change.ts";
import { refuseForeign } from "./ownership.ts";
import { findSituation, removeLeftOvers } from "./situation.ts";
import { type Pushed, readPushed } from "./source.ts";
import { postForOthers } from "./statuses.ts";
import { Stop, unavailable } from "./stop.ts";
import { tryOut } from "./try-out.ts";

export interface Deps extends World, Edge {
  readonly source: Source;
  readonly forge: Forge;
  /** Unique to this process. */
  readonly writer: string;
}

export async function createExperiment(config: Config, deps: Deps): Promise<StepEnd> {
  const { cluster, log } = deps;
  try {
    return await create(config, deps);
  } catch (error) {
    const stop =
      error instanceof Stop
        ? error
        : error instanceof StepError
          ? await broken(config, deps, error)
          : undefined;
    if (stop === undefined) throw error;
    for (const detail of stop.details) log.error(detail);
    // With an Experiment the finally task ends the release; without one there is nothing but the lock.
    if (!(await exists(config, deps))) await leave(cluster, config.namespace, config.service, config.run);
    return stopEnd(stop.outcome, config.failOnRollback);
  }
}

async function create(config: Config, deps: Deps): Promise<StepEnd> {
  const { clock, log } = deps;
  log.info(
    `Release of ${config.service} in ${config.namespace}: ${config.repository}@${shortRevision(config.revision)}.`,
  );
  await checkHead(config, deps);
  const pushed = await readPushed(config, deps.source);
  for (const note of pushed.notes) log.warn(note);

  const asked = clock.now();
  const abandoned = await lock(config, deps);
  const settled = await settleOthers(
    deps,
    { namespace: config.namespace, service: config.service, mine: config.run },
    {
      onInconclusive: "rollback",
      maxDurationMs: config.maxDurationMs,
      drainMs: config.drainMs,
      writer: deps.writer,
      signal: deps.signal,
    },
  );
  const spec = specOf(config, pushed);
  const target = routeTarget(spec, config.namespace);
  await mendRoute(deps, config, target);
  await postForOthers(config, deps, settled, abandoned);
  if (clock.now() - asked > 1000) await checkHead(config, deps);
  return await decideNext(config, deps, pushed, spec, target);
}

/** The experiment of the repository, or ours, for the service that this pipeline releases. */
function specOf({ service }: Config, pushed: Pushed): ExperimentSpec {
  const given = pushed.spec ?? defaultExperiment();
  return { ...given, targetService: { ...given.targetService, name: service } };
}

/** A push whose commit is no longer the newest is not deployed; a run that a person started is that person's wish. */
async function checkHead(config: Config, { forge, log }: Deps): Promise<void> {
  const byHand = config.run.name !== triggeredRunName(config.service, config.delivery ?? "");
  if (byHand || config.branch === undefined) return;
  let head: string;
  try {
    head = await forge.head(config.branch);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    if (config.sourcePath === undefined) {
      throw unavailable(
        "SourceUnavailable",
        `The branch cannot be looked up: ${error.message}. Nothing was changed.`,
      );
    }
    log.warn(`Whether ${config.branch} has a newer commit cannot be seen: ${error.message}.`);
    return;
  }
  if (head === config.revision) return;
  const sentence = `not deployed: superseded by ${shortRevision(head)}, the newest commit of ${config.branch}.`;
  throw new Stop({ word: "superseded", reason: "NewerCommit", sentence });
}

async function lock(config: Config, deps: Deps): Promise<readonly Enrolled[]> {
  const locked = await takeLock(deps, {
    run: config.run,
    service: config.service,
    namespace: config.namespace,
    revision: config.revision,
    onNewCommit: config.onNewCommit,
    timeoutMs: config.queueTimeoutMs,
    signal: deps.signal,
  });
  switch (locked.kind) {
    case "held":
      return locked.abandoned;
    case "superseded":
      throw new Stop({
        word: "superseded",
        reason: "NewerCommit",
        sentence: `not deployed: superseded by ${locked.by} while it waited.`,
      });
    case "timeout":
      throw unavailable(
        "QueueTimeout",
        `Run ${locked.holder} did not end in time (queue-timeout). Nothing was changed; run this one again.`,
      );
  }
}

async function decideNext(
  config: Config,
  deps: Deps,
  pushed: Pushed,
  spec: ExperimentSpec,
  target: RouteTarget,
): Promise<StepEnd> {
  const situation = await findSituation(deps, config, pushed, target);
  await refuseForeign(deps.cluster, config, pushed, situation);
  const comparison =
    spec.targetService.kind === "Service"
      ? await compareServices(deps, config, pushed, situation, spec)
      : await compareDeployments(deps, config, pushed, situation);
  await tryOut(deps, config, pushed, comparison.kind === "same" ? pushed.deployment : comparison.deployment);
  const resumed = await experimentOfRun(deps.cluster, config.namespace, config.run.uid);
  if (resumed === undefined && comparison.kind !== "first" && spec.targetService.kind === "Deployment") {
    const live = comparison.kind === "same" ? comparison.live.metadata.name : comparison.baseline.name;
    await removeLeftOvers(deps, config, situation, live);
  }
  if (comparison.kind === "same") {
    const outcome = await applyInPlace(deps, config, pushed, comparison.live);
    await leave(deps.cluster, config.namespace, config.service, config.run);
    return stopEnd(outcome, config.failOnRollback);
  }
  if (comparison.kind === "canary" && pushed.spec === undefined) {
    deps.log.info(`${config.experimentPath} is not in the pushed commit: our default experiment decides.`);
  }
  return await begin(deps, config, pushed, spec, target, comparison);
}

async function exists(config: Config, { cluster }: Deps): Promise<boolean> {
  try {
    return (await experimentOfRun(cluster, config.namespace, config.run.uid)) !== undefined;
  } catch {
    // Unknown: keep the lock, the finally task gives it back.
    return true;
  }
}

/** Something we need refused or went away. When the Experiment is there already, it gets the verdict, so that all say the same. */
async function broken(config: Config, deps: Deps, error: StepError): Promise<Stop> {
  const sentence = `The release could not be prepared: ${error.message}.`;
  const stop = unavailable("ClusterUnavailable", sentence);
  try {
    const experiment = await experimentOfRun(deps.cluster, config.namespace, config.run.uid);
    if (experiment !== undefined && experiment.status?.loop?.verdict === undefined) {
      const options = {
        onInconclusive: "rollback",
        maxDurationMs: config.maxDurationMs,
        drainMs: config.drainMs,
      } as const;
      const release = await loadRelease(deps.cluster, experiment, config.run, options);
      const winner = release.plan.baseline === undefined ? "none" : "baseline";
      const verdict = { ...stop.outcome, winner, abort: true } as const;
      await record(
        deps,
        release,
        experiment,
        conclude(experiment.status ?? {}, verdict, deps.clock.now()).status,
      );
    }
  } catch (secondary) {
    deps.log.warn(
      `The Experiment could not be marked: ${secondary instanceof Error ? secondary.message : secondary}`,
    );
  }
  return stop;
}

function stopEnd(outcome: Outcome, failOnRollback: boolean): StepEnd {
  return {
    exitCode: exitCode(outcome, failOnRollback),
    sentence: outcome.sentence,
    results: { next: "stop", experiment: "", ...outcomeResults(outcome) },
  };
}
