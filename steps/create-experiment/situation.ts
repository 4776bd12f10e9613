/** What is live when a release begins: the Service, its route, the version that has the traffic, what earlier runs left. */
import { ANNOTATION } from "../lib/experiment/names.ts";
import { selects } from "../lib/manifest/labels.ts";
import { isOurs } from "../lib/manifest/policy.ts";
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
export function findLive({ log }: World, config: Config, situation: Situation): Deployment | undefined {
  const { route, service, deployments } = situation;
  const live = liveVersion(route, service, deployments, config.revision);
  switch (live.kind) {
    case "refused":
      throw rejected(live.problem);
    case "none":
      if (live.unavailable.length > 0)
        log.info(`Not available, so not the live version: ${live.unavailable.join(", ")}.`);
      return undefined;
    case "live": {
      const why =
        live.from === "route"
          ? "it has all the weight of the route"
          : "the only available one that the Service selects";
      log.info(`The live version is ${live.deployment.metadata.name} (${why}).`);
      return live.deployment;
    }
  }
}

/**
 * Removes what earlier runs left: a loser that had to stay, a candidate whose Experiment was deleted. Only Deployments of
 * ours that are not live, and only when nobody calls them any more.
 */
export async function removeLeftOvers(
  world: World,
  config: Config,
  { service, deployments }: Situation,
  live: string,
): Promise<void> {
  const { cluster, clock, log } = world;
  const left = deployments.filter((one) => {
    const marked = one.metadata.annotations?.[ANNOTATION.leftOver] !== undefined;
    return (marked || isOurs(one, config.service)) && selects(service, one) && one.metadata.name !== live;
  });
  for (const { metadata } of left) {
    const { name } = metadata;
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
