/** Applies the candidate exactly as create-experiment checked it, and reports until it is available or says why it is not. */

import { releaseConfigMapName } from "../lib/experiment/names.ts";
import type { Experiment } from "../lib/experiment/schema.ts";
import { isCompleted } from "../lib/experiment/status.ts";
import { withProblem } from "../lib/loop/verdicts.ts";
import { podsReady, workloadOf } from "../lib/loop/workload.ts";
import type { Cluster } from "../lib/ports/cluster.ts";
import { AlreadyExistsError, ConflictError, NotFoundError, StepError } from "../lib/ports/errors.ts";
import type { Deployment } from "../lib/ports/kinds.ts";
import { EXIT } from "../lib/process/exit-codes.ts";
import { type Edge, type StepEnd, sentenceResult } from "../lib/process/step.ts";
import { markApplied } from "../lib/release/applied.ts";
import { getExperiment } from "../lib/release/experiments.ts";
import { podsOf } from "../lib/release/pods.ts";
import { createMissing } from "../lib/release/rest.ts";
import { storedRelease } from "../lib/release/stored.ts";
import type { Config } from "./config.ts";

export interface Deps extends Edge {
  readonly cluster: Cluster;
}

const EVERY_MS = 1000;

/** Its last sentence is a result too: when the candidate could not be applied, the loop tells the commit why. */
export async function applyCandidate(config: Config, deps: Deps): Promise<StepEnd> {
  const end = await apply(config, deps).catch((error: unknown) => {
    if (!(error instanceof StepError)) throw error;
    return { exitCode: EXIT.error, sentence: error.message };
  });
  return { ...end, results: { sentence: sentenceResult(end.sentence) } };
}

async function apply(config: Config, deps: Deps): Promise<StepEnd> {
  const { cluster, log, clock, signal } = deps;
  const { namespace, service } = config;
  const experiment = await getExperiment(cluster, namespace, config.experiment);
  if (experiment === undefined || hasVerdict(experiment)) {
    return done(`The release ended before ${config.experiment} was applied.`);
  }
  const configMap = await cluster.get("ConfigMap", namespace, releaseConfigMapName(config.experiment));
  if (configMap === undefined) {
    throw new StepError(
      `could not find ConfigMap ${namespace}/${releaseConfigMapName(config.experiment)}: the release is over`,
    );
  }
  const { deployment, rest } = storedRelease(configMap);
  const { name } = deployment.metadata;
  await createMissing(cluster, log, namespace, service, rest);
  const created = await createOrPatch(cluster, markApplied(deployment, config.run));
  log.info(`Applied Deployment ${name}: replicas ${deployment.spec.replicas ?? 1}, ${images(deployment)}.`);

  let said = "";
  for (;;) {
    const latest = await getExperiment(cluster, namespace, config.experiment);
    if (latest === undefined || isCompleted(latest)) {
      if (created !== undefined && isUnjudged(experiment, latest)) await withdraw(cluster, created);
      return done(`The release ended before ${name} was available.`);
    }
    // Then the loop removes it, if it sees it; if not, nobody has when the release is completed.
    const lost = hasVerdict(latest) && latest.status?.loop?.verdict?.winner !== "candidate";

    const live = await cluster.get("Deployment", namespace, name);
    if (live === undefined && !lost)
      return failed(`Deployment ${name} was deleted before it became available.`);
    if (live !== undefined) {
      const pods = await podsOf(cluster, namespace, live);
      const workload = workloadOf(live, { pods, autoscaled: false, now: clock.now() });
      if (workload.available && !lost) return done(`${name} is available: ${podsReady(workload)}.`);
      const text = withProblem(podsReady(workload), workload);
      if (workload.gaveUp && !lost) return failed(`${name} did not become available: ${text}.`);
      if (text !== said) log.info(`Waiting for ${name}: ${text}.`);
      said = text;
    }
    if (await waitTaskEnded(cluster, config))
      return done(`The release ended before ${name} was available (${said}).`);
    await clock.sleep(EVERY_MS, signal);
  }
}

function done(sentence: string): StepEnd {
  return { exitCode: EXIT.done, sentence };
}

function failed(sentence: string): StepEnd {
  return { exitCode: EXIT.rolledBack, sentence };
}

/** Then the loop waits for no candidate any more. */
function hasVerdict(experiment: Experiment): boolean {
  return isCompleted(experiment) || experiment.status?.loop?.verdict !== undefined;
}

/** Creates the Deployment and returns it, or brings one that is there already to what was checked. */
async function createOrPatch(cluster: Cluster, deployment: Deployment): Promise<Deployment | undefined> {
  const { namespace = "", name, labels, annotations } = deployment.metadata;
  try {
    return await cluster.create("Deployment", deployment);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
    const { selector: _immutable, ...spec } = deployment.spec;
    await cluster.patch("Deployment", namespace, name, { metadata: { labels, annotations }, spec });
    return undefined;
  }
}

/** Whether the candidate would serve beside a baseline that has won without it. The loop is over, so it takes nothing away. */
function isUnjudged(before: Experiment, now: Experiment | undefined): boolean {
  const { kind, baseline } = before.spec.targetService;
  const { verdict, leftOver } = now?.status?.loop ?? {};
  return (
    kind === "Deployment" &&
    baseline !== undefined &&
    verdict?.winner !== "candidate" &&
    leftOver === undefined
  );
}

/** Takes the pods back before they are ready: there is no route any more to keep users from them. The finally task removes the rest. */
async function withdraw(
  cluster: Cluster,
  { metadata: { namespace = "", name, uid } }: Deployment,
): Promise<void> {
  try {
    await cluster.patch("Deployment", namespace, name, { metadata: { uid }, spec: { replicas: 0 } });
  } catch (error) {
    // Somebody has removed it, or put another one in its place.
    if (!(error instanceof NotFoundError) && !(error instanceof ConflictError)) throw error;
  }
}

/** Nobody stops this task when the loop has ended, so it looks by itself. */
async function waitTaskEnded(cluster: Cluster, { run }: Config): Promise<boolean> {
  const [task] = await cluster.list("TaskRun", run.namespace, {
    "tekton.dev/pipelineRun": run.name,
    "tekton.dev/pipelineTask": "wait-and-cleanup",
  });
  return task?.status?.completionTime !== undefined;
}

function images(deployment: Deployment): string {
  const containers = (deployment.spec.template.spec["containers"] ?? []) as readonly {
    readonly image?: string;
  }[];
  return containers.map((container) => container.image ?? "?").join(", ");
}
