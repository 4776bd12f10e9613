/** One release as the programs that drive it know it. */
import { releaseConfigMapName } from "../experiment/names.ts";
import type { ExperimentSpec } from "../experiment/schema.ts";
import type { Plan } from "../loop/model.ts";
import { type PlanOptions, planOf } from "../loop/plan.ts";
import type { Clock } from "../ports/clock.ts";
import type { Cluster } from "../ports/cluster.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { RouteTarget } from "../routes/route.ts";
import type { LiveExperiment } from "./experiments.ts";
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
  readonly experiment: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    /** As it was when the release was loaded. */
    readonly loaded: LiveExperiment;
  };
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
  experiment: LiveExperiment,
  run: Run | undefined,
  options: PlanOptions,
): Promise<Release> {
  const { name, namespace = "", uid = "" } = experiment.metadata;
  const configMap = await cluster.get("ConfigMap", namespace, releaseConfigMapName(name));
  return {
    experiment: { namespace, name, uid, loaded: experiment },
    plan: planOf(experiment, options),
    target: routeTarget(experiment.spec, namespace),
    stored: configMap === undefined ? undefined : storedRelease(configMap),
    run,
  };
}

/** The traffic that an experiment manages. */
export function routeTarget({ targetService, routing }: ExperimentSpec, namespace: string): RouteTarget {
  return {
    kind: targetService.kind,
    service: targetService.name ?? "",
    namespace,
    hosts: targetService.hosts ?? [],
    ...(targetService.port !== undefined && { port: targetService.port }),
    ...(routing !== undefined && {
      routing: { name: routing.name, ...(routing.rule !== undefined && { rule: routing.rule }) },
    }),
  };
}
