/** What is live when a release begins: the Service, its route, the version that has the traffic, what earlier runs left. */
import { ANNOTATION } from "../lib/experiment/names.ts";
import { selects } from "../lib/manifest/labels.ts";
import { requestSelector, traffic } from "../lib/metrics/requests.ts";
import { StepError } from "../lib/ports/errors.ts";
import type { Deployment, Service } from "../lib/ports/kinds.ts";
import type { World } from "../lib/release/release.ts";
import { lookUp } from "../lib/release/route.ts";
import { liveVersion } from "../lib/routes/live.ts";
import type { Route, RouteTarget } from "../lib/routes/route.ts";
import type { Config } from "./config.ts";
import { rejected } from "./stop.ts";

export interface Situation {
  readonly service: Service;
  readonly route: Route;
  readonly deployments: readonly Deployment[];
  /** Undefined: nothing serves yet. */
  readonly live: Deployment | undefined;
}

/** Throws Stop when the Service does not exist, the route may not be touched, or several versions could be the live one. */
export async function findSituation(world: World, config: Config, target: RouteTarget): Promise<Situation> {
  const { cluster, log } = world;
  const { namespace } = config;
  const service = await cluster.get("Service", namespace, config.service);
  if (service === undefined) {
    throw rejected(
      `Service ${namespace}/${config.service} does not exist; create it, or correct the param service.`,
    );
  }
  const found = await lookUp(cluster, target);
  if (found.kind === "refused") throw rejected(found.problem);
  for (const note of found.notes) log.info(note);
  const deployments = await cluster.list("Deployment", namespace);
  const live = liveVersion(found.route, service, deployments, config.revision);
  switch (live.kind) {
    case "refused":
      throw rejected(live.problem);
    case "none":
      if (live.unavailable.length > 0)
        log.info(`Not available, so not the live version: ${live.unavailable.join(", ")}.`);
      return { service, route: found.route, deployments, live: undefined };
    case "live":
      log.info(
        `The live version is ${live.deployment.metadata.name} (${live.from === "route" ? "it has all the weight of the route" : "the only available one that the Service selects"}).`,
      );
      return { service, route: found.route, deployments, live: live.deployment };
  }
}

/** Removes what an earlier run had to leave running, once nobody calls it any more. */
export async function removeLeftOvers(world: World, config: Config, situation: Situation): Promise<void> {
  const { cluster, metrics, clock, log } = world;
  const { service, deployments, live } = situation;
  const left = deployments.filter(
    (one) =>
      one.metadata.annotations?.[ANNOTATION.leftOver] !== undefined && selects(service, one) && one !== live,
  );
  for (const { metadata } of left) {
    const { name } = metadata;
    const now = clock.now();
    try {
      const selector = requestSelector({ kind: "Deployment", name, namespace: config.namespace }, 180);
      const state = traffic(await metrics.range(selector, now), now - 120_000);
      if (state === "flowing" || live === undefined) {
        log.warn(`${name}, left by an earlier run, still gets requests: leaving it.`);
        continue;
      }
      await cluster.remove("Deployment", config.namespace, name, metadata.uid);
      log.info(`Removed ${name}, which an earlier run had to leave running.`);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      log.warn(`${name}, left by an earlier run, stays: ${error.message}.`);
    }
  }
}
