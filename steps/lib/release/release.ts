/** One release as the programs that drive it know it. */
import { releaseConfigMapName } from "../experiment/names.ts";
import type { Experiment } from "../experiment/schema.ts";
import type { Plan } from "../loop/model.ts";
import { type PlanOptions, planOf } from "../loop/plan.ts";
import type { Clock } from "../ports/clock.ts";
import type { Cluster } from "../ports/cluster.ts";
import type { Deployment } from "../ports/kinds.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Pair, RouteTarget, Version } from "../routes/route.ts";
import type { Run } from "./run.ts";
import { type StoredRelease, storedRelease } from "./stored.ts";

/** The world that a release is driven in. */
export interface World {
  readonly cluster: Cluster;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Release {
  readonly experiment: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly plan: Plan;
  readonly target: RouteTarget;
  /** Undefined when create-experiment was killed before it wrote it: then nothing of the candidate exists either. */
  readonly stored: StoredRelease | undefined;
  /** The run that the Experiment belongs to. */
  readonly run: Run | undefined;
}

/** Reads what belongs to `experiment` and does not change during the run. */
export async function loadRelease(
  cluster: Cluster,
  experiment: Experiment,
  run: Run | undefined,
  options: PlanOptions,
): Promise<Release> {
  const { name, namespace = "", uid = "" } = experiment.metadata;
  const configMap = await cluster.get("ConfigMap", namespace, releaseConfigMapName(name));
  return {
    experiment: { namespace, name, uid },
    plan: planOf(experiment, options),
    target: routeTarget(experiment),
    stored: configMap === undefined ? undefined : storedRelease(configMap),
    run,
  };
}

/** The traffic that an experiment manages. */
export function routeTarget(experiment: Experiment): RouteTarget {
  const { targetService, routing } = experiment.spec;
  return {
    kind: targetService.kind,
    service: targetService.name ?? "",
    namespace: experiment.metadata.namespace ?? "",
    hosts: targetService.hosts ?? [],
    ...(targetService.port !== undefined && { port: targetService.port }),
    ...(routing !== undefined && {
      routing: { name: routing.name, ...(routing.rule !== undefined && { rule: routing.rule }) },
    }),
  };
}

/** The two versions as the route needs them; a version that is gone keeps its name. */
export async function pairOf(
  cluster: Cluster,
  release: Release,
  baseline: Deployment | undefined,
  candidate: Deployment | undefined,
): Promise<Pair> {
  const { plan, stored } = release;
  const newest = candidate ?? stored?.deployment;
  const hash = baseline === undefined ? undefined : await podTemplateHash(cluster, baseline);
  const old: Version = { name: plan.baseline ?? "", labels: templateLabels(baseline) };
  return {
    baseline: hash === undefined ? old : { ...old, podTemplateHash: hash },
    candidate: { name: plan.candidate, labels: templateLabels(newest) },
  };
}

function templateLabels(deployment: Deployment | undefined): Readonly<Record<string, string>> {
  return deployment?.spec.template.metadata?.labels ?? {};
}

const REVISION = "deployment.kubernetes.io/revision";
const HASH = "pod-template-hash";

/** The hash that Kubernetes gave the pods of the Deployment's newest template. */
export async function podTemplateHash(cluster: Cluster, deployment: Deployment): Promise<string | undefined> {
  const { namespace = "", uid } = deployment.metadata;
  const all = await cluster.list("ReplicaSet", namespace, deployment.spec.selector.matchLabels);
  const own = all.filter((set) => set.metadata.ownerReferences?.some((owner) => owner.uid === uid));
  const revision = (set: (typeof own)[number]) => Number(set.metadata.annotations?.[REVISION] ?? 0);
  const newest = own.reduce<(typeof own)[number] | undefined>(
    (best, set) => (best === undefined || revision(set) >= revision(best) ? set : best),
    undefined,
  );
  return newest?.metadata.labels?.[HASH];
}
