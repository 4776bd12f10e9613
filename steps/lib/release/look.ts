/** What the loop sees: one look at the cluster, and at the metrics when the loop needs them. */
import { ANNOTATION } from "../experiment/names.ts";
import type { Experiment, ExperimentStatus } from "../experiment/schema.ts";
import { isCheckDue } from "../loop/due.ts";
import type { Observation, Workload } from "../loop/model.ts";
import { timeOf } from "../loop/record.ts";
import { workloadOf } from "../loop/workload.ts";
import type { Deployment } from "../ports/kinds.ts";
import type { Pair, Route } from "../routes/route.ts";
import { isOutdated } from "../routes/subsets.ts";
import { candidateWeight } from "../routes/weights.ts";
import { isAppliedBy } from "./applied.ts";
import { isAutoscaled } from "./autoscaled.ts";
import type { Count } from "./count.ts";
import { measureLoser, measureShare, readMetrics } from "./measure.ts";
import { pairOf, withHash } from "./pair.ts";
import { podsLeft, podsOf } from "./pods.ts";
import type { Release, World } from "./release.ts";
import { currentRoute } from "./route.ts";

/** What the driver adds to a look: things that are not seen but known. */
export interface Known {
  readonly resumed: boolean;
  readonly ended?: "Cancelled" | "Interrupted";
  readonly deleted: boolean;
  /** Leaves the metrics alone: there is no time for them. */
  readonly inHaste?: boolean;
  /** What this process has counted, for a strategy that weighs evidence. */
  readonly count?: Count;
}

export interface Look {
  readonly seen: Observation;
  readonly pair: Pair;
  readonly route: Route | undefined;
}

export async function look(
  world: World,
  release: Release,
  experiment: Experiment,
  known: Known,
): Promise<Look> {
  const { cluster, clock } = world;
  const { plan } = release;
  const baseline =
    plan.baseline === undefined ? undefined : await findVersion(world, release, plan.baseline, 0);
  const found = await findVersion(world, release, plan.candidate, baseline?.workload.ready ?? 0);
  const status = experiment.status ?? {};
  // Once begun, its label is no matter: somebody may have edited that.
  const candidate = status.loop?.startedAt !== undefined || found?.applied === true ? found : undefined;
  const pair = await withHash(
    cluster,
    pairOf(release, baseline?.deployment, candidate?.deployment),
    baseline?.deployment,
  );
  const route = await currentRoute(cluster, release.target);
  const now = clock.now();
  const measures = known.inHaste !== true;
  const due = measures && !known.deleted && isCheckDue(plan, status, now);
  const moved = measures ? timeOf(status.loop?.movedAt) : undefined;
  // What was applied speaks for itself, whatever became of the task that waited for it.
  const applyFailed =
    candidate === undefined && isWaiting(status) ? await failedApply(world, release) : undefined;
  const routedBy = route?.virtualService === undefined ? undefined : lastForeignWriter(route.virtualService);
  const supersededBy = experiment.metadata.annotations?.[ANNOTATION.supersededBy];
  const checks = due && plan.sequential === undefined;
  const share = checks ? await measureShare(world, release, status, now) : undefined;
  const counts = due && !checks ? await known.count?.observe(world, plan, status, now) : undefined;

  const routed =
    route === undefined || plan.baseline === undefined ? undefined : candidateWeight(route, pair);
  const outdated = route !== undefined && routed !== undefined && routed < 100 && isOutdated(route, pair);
  const promoted = status.loop?.verdict?.winner === "candidate";
  const [loser, loserName] = promoted ? [baseline, plan.baseline] : [found, plan.candidate];
  const collecting = moved !== undefined && loser === undefined && plan.kind === "Deployment";
  const outage = cluster.lastOutage?.();

  const seen: Observation = {
    action: experiment.action ?? "",
    resumed: known.resumed,
    ...(outage !== undefined && { outage }),
    deleted: known.deleted,
    baseline: baseline?.workload,
    candidate: candidate?.workload,
    routed,
    ...(outdated && { outdated }),
    ...(supersededBy !== undefined && { supersededBy }),
    ...(known.ended !== undefined && { ended: known.ended }),
    ...(applyFailed !== undefined && { applyFailed }),
    ...(routedBy !== undefined && { routedBy }),
    ...(counts !== undefined && { counts }),
    ...(checks && { readings: await readMetrics(world, release, experiment, now) }),
    ...(share !== undefined && { observedShare: share }),
    ...(moved !== undefined &&
      loser !== undefined && { loser: await measureLoser(world, release, status, moved) }),
    ...(collecting &&
      loserName !== undefined && {
        loserPods: await podsLeft(cluster, plan.namespace, plan.service, loserName),
      }),
  };
  return { seen, pair, route };
}

/** Neither begun nor decided. */
function isWaiting({ loop }: ExperimentStatus): boolean {
  return loop?.startedAt === undefined && loop?.verdict === undefined;
}

interface Found {
  readonly workload: Workload;
  /** By this release, with the pods that it is about; matters for the candidate. */
  readonly applied: boolean;
  readonly deployment?: Deployment;
}

/** `pods`: so many may be asked of it. */
async function findVersion(
  world: World,
  release: Release,
  name: string,
  pods: number,
): Promise<Found | undefined> {
  return release.plan.kind === "Service"
    ? await findService(world, release, name)
    : await findDeployment(world, release, name, pods);
}

async function findDeployment(
  { cluster, clock }: World,
  release: Release,
  name: string,
  pods: number,
): Promise<Found | undefined> {
  const { namespace } = release.plan;
  const deployment = await cluster.get("Deployment", namespace, name);
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined;
  const now = clock.now();
  const plain = workloadOf(deployment, { pods: [], autoscaled: false, now });
  // Who scales it, and what its pods say, matters only to a version that lacks something.
  const applied = isAppliedBy(deployment, release.run);
  if (plain.available && plain.desired >= pods) return { deployment, applied, workload: plain };
  const own = plain.available ? [] : await podsOf(cluster, namespace, deployment);
  const autoscaled = await isAutoscaled(cluster, namespace, name);
  return { deployment, applied, workload: workloadOf(deployment, { pods: own, autoscaled, now }) };
}

/** A target of kind Service is as ready as the Deployments that it selects. */
async function findService(
  { cluster, clock }: World,
  release: Release,
  name: string,
): Promise<Found | undefined> {
  const { namespace } = release.plan;
  const service = await cluster.get("Service", namespace, name);
  if (service === undefined) return undefined;
  const selector = Object.entries(service.spec.selector ?? {});
  const deployments = (await cluster.list("Deployment", namespace)).filter((deployment) =>
    selector.every(([key, value]) => deployment.spec.template.metadata?.labels?.[key] === value),
  );
  const parts: Workload[] = [];
  for (const deployment of deployments) {
    const plain = workloadOf(deployment, { pods: [], autoscaled: true, now: clock.now() });
    const pods = plain.available ? [] : await podsOf(cluster, namespace, deployment);
    parts.push(workloadOf(deployment, { pods, autoscaled: true, now: clock.now() }));
  }
  const sum = (count: (part: Workload) => number) => parts.reduce((total, part) => total + count(part), 0);
  const problem = parts.find((part) => part.problem !== undefined)?.problem;
  const pushed = release.stored?.deployment.metadata.name;
  return {
    applied: deployments.some((one) => one.metadata.name === pushed && isAppliedBy(one, release.run)),
    workload: {
      desired: sum((part) => part.desired),
      ready: sum((part) => part.ready),
      available: parts.length > 0 && parts.every((part) => part.available),
      autoscaled: true,
      deadlineMs: Math.max(0, ...parts.map((part) => part.deadlineMs)),
      gaveUp: parts.some((part) => part.gaveUp),
      ...(problem !== undefined && { problem }),
    },
  };
}

/** Why the task that applies the candidate has ended without doing so: in its own words, or in Tekton's. */
async function failedApply({ cluster }: World, release: Release): Promise<string | undefined> {
  if (release.run === undefined) return undefined;
  const [task] = await cluster.list("TaskRun", release.run.namespace, {
    "tekton.dev/pipelineRun": release.run.name,
    "tekton.dev/pipelineTask": "apply-candidate",
  });
  const succeeded = task?.status?.conditions?.find((condition) => condition.type === "Succeeded");
  if (task?.status?.completionTime === undefined || succeeded?.status !== "False") return undefined;
  const said = task.status.results?.find(({ name }) => name === "sentence")?.value;
  if (typeof said === "string" && said !== "") return said.replace(/\.$/, "");
  return `the apply-candidate task failed (${succeeded.message ?? succeeded.reason ?? "no reason given"})`;
}

const OURS = "tekton-canary";

function lastForeignWriter(object: {
  readonly metadata: {
    readonly managedFields?: readonly { readonly manager?: string; readonly time?: string }[];
  };
}): string | undefined {
  const writers = [...(object.metadata.managedFields ?? [])].sort((a, b) =>
    (a.time ?? "").localeCompare(b.time ?? ""),
  );
  return writers.findLast((writer) => writer.manager !== undefined && writer.manager !== OURS)?.manager;
}
