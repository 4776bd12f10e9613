/** What is live when a release begins: the Service, its route, the version that has the traffic, what earlier runs left. */
import { ANNOTATION } from "../lib/experiment/names.ts";
import { DOWN_MS } from "../lib/loop/baseline.ts";
import { selects } from "../lib/manifest/labels.ts";
import { isOurs } from "../lib/manifest/policy.ts";
import { sameTemplate } from "../lib/manifest/template.ts";
import type { Deployment, Service } from "../lib/ports/kinds.ts";
import { trafficOf } from "../lib/release/measure.ts";
import type { World } from "../lib/release/release.ts";
import { lookUp } from "../lib/release/route.ts";
import { liveVersion } from "../lib/routes/live.ts";
import type { Route, RouteTarget } from "../lib/routes/route.ts";
import type { Config } from "./config.ts";
import type { Pushed } from "./source.ts";
import { rejected } from "./stop.ts";

/** How far back a counter is looked at. */
const LOOK_BACK_MS = 180_000;

export interface Situation {
  readonly service: Service;
  readonly route: Route;
  readonly deployments: readonly Deployment[];
}

/** Throws Stop when there is no Service, not even in the manifest, or when its route may not be touched. */
export async function findSituation(
  world: World,
  config: Config,
  pushed: Pushed,
  target: RouteTarget,
): Promise<Situation> {
  const { cluster, log } = world;
  const { namespace } = config;
  const service =
    (await cluster.get("Service", namespace, config.service)) ?? pushedService(pushed, config.service);
  if (service === undefined) {
    throw rejected(
      `Service ${namespace}/${config.service} does not exist; add it to the manifest, or correct the param service.`,
    );
  }
  const found = await lookUp(cluster, target);
  if (found.kind === "refused") throw rejected(found.problem);
  for (const note of found.notes) log.info(note);
  const deployments = await cluster.list("Deployment", namespace);
  return { service, route: found.route, deployments };
}

/** A Service of the manifest, which is created with the first version. */
export function pushedService({ rest }: Pushed, name: string): Service | undefined {
  return rest.find((one) => one.kind === "Service" && one.metadata.name === name) as Service | undefined;
}

/** The version that has the traffic; undefined when nothing serves yet. Throws Stop when several could be it. */
export async function findLive(
  world: World,
  config: Config,
  situation: Situation,
  pushed: Pushed,
): Promise<Deployment | undefined> {
  const { log } = world;
  const { route, service, deployments } = situation;
  const live = liveVersion(route, service, deployments, config.revision);
  switch (live.kind) {
    case "refused":
      throw rejected(live.problem);
    case "none": {
      const dead = onlyDead(live.unavailable, deployments, pushed);
      if (dead !== undefined) {
        log.warn(
          `The live version is ${dead.metadata.name} (the only one that the Service selects), though it has no ready pods.`,
        );
        return dead;
      }
      if (live.unavailable.length > 0)
        log.info(`Not available, so not the live version: ${live.unavailable.join(", ")}.`);
      return undefined;
    }
    case "live": {
      const { name } = live.deployment.metadata;
      const instead = readyInstead(config, situation, pushed);
      if (instead !== undefined && (await hasLostItsPods(world, config, live.deployment))) {
        log.warn(
          `The live version is ${instead.metadata.name}, which an earlier run left: ${name} has all the weight of the route and no ready pods.`,
        );
        return instead;
      }
      const why =
        live.from === "route"
          ? "it has all the weight of the route"
          : "the only available one that the Service selects";
      log.info(`The live version is ${name} (${why}).`);
      return live.deployment;
    }
  }
}

/**
 * The only version there is, though none of its pods is ready: they may be back at any moment, and then it must not serve beside
 * the new one. Not one of the manifest's name: that is brought to what was pushed.
 */
function onlyDead(
  unavailable: readonly string[],
  deployments: readonly Deployment[],
  { deployment: pushed }: Pushed,
): Deployment | undefined {
  const [name, ...others] = unavailable;
  if (name === undefined || others.length > 0 || name === pushed.metadata.name) return undefined;
  const dead = deployments.find(({ metadata }) => metadata.name === name);
  return dead?.spec.replicas === 0 ? undefined : dead;
}

/** Whether it serves nobody, nor after a time in which a pod that is just restarted is back. */
async function hasLostItsPods(
  { cluster, clock }: World,
  { namespace }: Config,
  { metadata: { name }, spec, status }: Deployment,
): Promise<boolean> {
  if (readyPods(status) > 0) return false;
  if (spec.replicas === 0) return true;
  await clock.sleep(DOWN_MS);
  return readyPods((await cluster.get("Deployment", namespace, name))?.status) === 0;
}

/** The only other version of ours that has ready pods; not one that runs what was pushed, for that is the candidate. */
function readyInstead(
  config: Config,
  { service, deployments }: Situation,
  pushed: Pushed,
): Deployment | undefined {
  const ready = deployments.filter(
    (one) =>
      isLeft(config, service, one) && readyPods(one.status) > 0 && !sameTemplate(pushed.deployment, one),
  );
  return ready.length === 1 ? ready[0] : undefined;
}

export function readyPods(status: Deployment["status"]): number {
  return status?.readyReplicas ?? 0;
}

/** Whether the Service sends to it, and it is of ours or marked as left over. */
function isLeft({ service: name }: Config, service: Service, deployment: Deployment): boolean {
  const marked = deployment.metadata.annotations?.[ANNOTATION.leftOver] !== undefined;
  return (marked || isOurs(deployment, name)) && selects(service, deployment);
}

/**
 * Removes what earlier runs left: a loser that had to stay, a candidate whose Experiment was deleted. Only Deployments of
 * ours that are not live, and only when nobody calls them any more and the live version has ready pods.
 */
export async function removeLeftOvers(
  world: World,
  config: Config,
  { service, deployments }: Situation,
  live: string,
): Promise<void> {
  const { cluster, clock, log } = world;
  const serving = deployments.some(({ metadata, status }) => metadata.name === live && readyPods(status) > 0);
  const left = deployments.filter((one) => isLeft(config, service, one) && one.metadata.name !== live);
  for (const { metadata } of left) {
    const { name } = metadata;
    if (!serving) {
      log.warn(`${name}, which an earlier run left, stays: the live version ${live} has no ready pods.`);
      continue;
    }
    const state = await trafficOf(
      world,
      { kind: "Deployment", name, namespace: config.namespace },
      {
        since: clock.now() - LOOK_BACK_MS,
        drainMs: config.drainMs,
      },
    );
    if (state === "stopped") {
      await cluster.remove("Deployment", config.namespace, name, metadata.uid);
      log.info(`Removed ${name}, which an earlier run left and nobody calls any more.`);
    } else {
      log.warn(
        `${name}, which an earlier run left, stays: ${state === "flowing" ? "it still gets requests" : "whether it still gets requests cannot be seen"}.`,
      );
    }
  }
}
