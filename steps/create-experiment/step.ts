/**
 * Turns a push into an experiment: reads the pushed commit, takes the lock, finds baseline and candidate, checks everything
 * that can be checked, writes the Experiment and prepares the route. Nothing of the candidate exists before that.
 */
import { cutSentence } from "../lib/experiment/cut-sentence.ts";
import { shortRevision, triggeredRunName } from "../lib/experiment/names.ts";
import type { Outcome } from "../lib/experiment/outcome.ts";
import { type ExperimentSpec, experimentSpec } from "../lib/experiment/schema.ts";
import { conclude } from "../lib/loop/record.ts";
import { sameTemplate } from "../lib/manifest/template.ts";
import { StepError } from "../lib/ports/errors.ts";
import type { Forge, Source } from "../lib/ports/forge.ts";
import { EXIT, exitCode } from "../lib/process/exit-codes.ts";
import type { Edge, StepEnd } from "../lib/process/step.ts";
import { record } from "../lib/release/drive.ts";
import { experimentOfRun } from "../lib/release/experiments.ts";
import { releaseLock, takeLock } from "../lib/release/lock.ts";
import { loadRelease, podTemplateHash, routeTarget, type World } from "../lib/release/release.ts";
import { lookUp, writeAll } from "../lib/release/route.ts";
import { settleOthers } from "../lib/release/settle.ts";
import { prepare, prepareFirst } from "../lib/routes/plan.ts";
import type { RouteWrite, Version } from "../lib/routes/route.ts";
import { makeCandidate } from "./candidate.ts";
import type { Config } from "./config.ts";
import { checkCriteria } from "./criteria.ts";
import { applyInPlace } from "./no-change.ts";
import { findSituation, removeLeftOvers, type Situation } from "./situation.ts";
import { type Pushed, readPushed } from "./source.ts";
import { postForOthers } from "./statuses.ts";
import { rejected, Stop, unavailable } from "./stop.ts";
import { storedOf, writeExperiment, writeStored } from "./write.ts";

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
    if (!(await exists(config, deps)))
      await releaseLock(cluster, config.namespace, config.service, config.run);
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
  await lock(config, deps);
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
  await postForOthers(config, deps, settled);
  if (clock.now() - asked > 1000) await checkHead(config, deps);
  return await decideNext(config, deps, pushed);
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

async function lock(config: Config, deps: Deps): Promise<void> {
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
      return;
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

async function decideNext(config: Config, deps: Deps, pushed: Pushed): Promise<StepEnd> {
  const target = { ...(pushed.spec ?? firstSpec(config)).targetService, name: config.service };
  const spec: ExperimentSpec = { ...(pushed.spec ?? firstSpec(config)), targetService: target };
  const routed = routeTarget({
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: { name: "", namespace: config.namespace },
    spec,
  });
  const situation = await findSituation(deps, config, routed);
  await removeLeftOvers(deps, config, situation);
  const { live } = situation;
  const resumed = await experimentOfRun(deps.cluster, config.namespace, config.run.uid);
  if (live === undefined) return await begin(config, deps, pushed, situation, spec);
  if (resumed === undefined && sameTemplate(pushed.deployment, live)) {
    const outcome = await applyInPlace(deps, config, pushed, live);
    await releaseLock(deps.cluster, config.namespace, config.service, config.run);
    return stopEnd(outcome, config.failOnRollback);
  }
  if (pushed.spec === undefined) {
    throw rejected(
      `${config.experimentPath} is not in the pushed commit; a canary needs its experiment there (param experiment-path).`,
    );
  }
  return await begin(config, deps, pushed, situation, spec);
}

/** A first deployment compares nothing, so it needs no experiment of the user. */
function firstSpec(config: Config): ExperimentSpec {
  return experimentSpec.parse({ targetService: { name: config.service } });
}

async function begin(
  config: Config,
  deps: Deps,
  pushed: Pushed,
  situation: Situation,
  spec: ExperimentSpec,
): Promise<StepEnd> {
  const { cluster, log } = deps;
  const { live, route } = situation;
  const candidate = makeCandidate(config, pushed, situation);
  const { name } = candidate.metadata;
  const metrics = live === undefined ? {} : await checkCriteria(deps, config, spec, live.metadata.name);
  sayNames(config, log, spec, live?.metadata.name, name);

  const planRoute = async (): Promise<readonly RouteWrite[]> => {
    const owner = { name, namespace: config.namespace };
    const found = await lookUp(cluster, route.target);
    const newest = found.kind === "found" ? found.route : route;
    if (live === undefined) return prepareFirst(newest, owner);
    const hash = await podTemplateHash(cluster, live);
    const baseline: Version = {
      name: live.metadata.name,
      labels: live.spec.template.metadata?.labels ?? {},
      ...(hash !== undefined && { podTemplateHash: hash }),
    };
    const plan = prepare(
      newest,
      { baseline, candidate: { name, labels: candidate.spec.template.metadata?.labels ?? {} } },
      owner,
    );
    if (plan.kind === "refused") throw rejected(plan.problem);
    return plan.writes;
  };
  await planRoute();

  const experiment = await writeExperiment(deps, config, {
    candidate: name,
    baseline: live?.metadata.name,
    spec,
    metrics,
  });
  await writeStored(deps, config, experiment, storedOf(candidate, pushed.rest, pushed.properties));
  await writeAll(cluster, await planRoute());
  const next = live === undefined ? "first" : "canary";
  const sentence =
    live === undefined
      ? `First deployment of ${config.service}: ${name} will be applied, there is nothing to compare it with.`
      : `Experiment ${name} created: ${live.metadata.name} keeps all traffic until ${name} is available.`;
  return {
    exitCode: EXIT.done,
    sentence,
    results: { next, experiment: name, outcome: "", reason: "", sentence: "" },
  };
}

function sayNames(
  config: Config,
  log: Deps["log"],
  spec: ExperimentSpec,
  baseline: string | undefined,
  candidate: string,
): void {
  const { baseline: oldName, candidate: newName } = spec.targetService;
  if (newName !== undefined && newName !== candidate)
    log.info(`${config.experimentPath} names the candidate ${newName}; it is ${candidate}.`);
  if (oldName !== undefined && baseline !== undefined && oldName !== baseline) {
    log.info(`${config.experimentPath} names the baseline ${oldName}; the live version is ${baseline}.`);
  }
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
  const { word, reason, sentence } = outcome;
  return {
    exitCode: exitCode(outcome, failOnRollback),
    sentence,
    results: { next: "stop", experiment: "", outcome: word, reason, sentence: cutSentence(sentence, 600) },
  };
}
