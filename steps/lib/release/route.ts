/** The route objects in the cluster: finding the ones of a target, writing what the pure parts say. */
import type { Cluster } from "../ports/cluster.ts";
import { AlreadyExistsError, ConflictError, StepError } from "../ports/errors.ts";
import { findRoutes } from "../routes/find.ts";
import { routeTo, settleOn } from "../routes/plan.ts";
import type { Pair, Route, RouteTarget, RouteWrite } from "../routes/route.ts";
import { splitOf } from "../routes/weights.ts";
import type { Release, World } from "./release.ts";

/** The route as it is now; undefined when it is one that we may not manage (any more). */
export async function currentRoute(cluster: Cluster, target: RouteTarget): Promise<Route | undefined> {
  const found = await lookUp(cluster, target);
  return found.kind === "found" ? found.route : undefined;
}

export async function lookUp(cluster: Cluster, target: RouteTarget) {
  const [virtualServices, destinationRules] = await Promise.all([
    cluster.list("VirtualService", target.namespace),
    cluster.list("DestinationRule", target.namespace),
  ]);
  return findRoutes(virtualServices, destinationRules, target);
}

/**
 * Gives the candidate `percent` of the traffic, whatever the route looks like now: one that somebody took away or rewrote
 * is mended. Throws ConflictError when the route changed since it was read (look again), StepError when it may not be managed.
 */
export async function setWeight(
  world: Pick<World, "cluster" | "clock">,
  release: Release,
  pair: Pair,
  route: Route | undefined,
  percent: number,
): Promise<void> {
  const { service } = release.target;
  if (route === undefined) {
    throw new StepError(`could not set the weights of ${service}: its route is not ours to manage any more`);
  }
  // At either end the other version may be gone already, and its subset with it.
  const sole = percent === 0 ? "baseline" : percent === 100 ? "candidate" : undefined;
  const plan =
    sole === undefined
      ? routeTo(route, pair, splitOf(percent), release.experiment)
      : settleOn(route, pair, sole, release.experiment);
  if (plan.kind === "refused")
    throw new StepError(`could not set the weights of ${service}: ${plan.problem}`);
  await writeAll(world, plan.writes);
}

/** A proxy may hear of a route before it hears of the subsets that it names, and answers 503 for that long. */
const HEAR_MS = 1000;

/** Does the writes one after the other, with a pause where the kind changes. A create of what is there already means that somebody was faster: look again. */
export async function writeAll(
  { cluster, clock }: Pick<World, "cluster" | "clock">,
  writes: readonly RouteWrite[],
): Promise<void> {
  for (const [index, write] of writes.entries()) {
    if (index > 0 && write.kind !== writes[index - 1]?.kind) await clock.sleep(HEAR_MS);
    try {
      await writeOne(cluster, write);
    } catch (error) {
      if (error instanceof AlreadyExistsError) throw new ConflictError(error.message, { cause: error });
      throw error;
    }
  }
}

async function writeOne(cluster: Cluster, { verb, kind, object }: RouteWrite): Promise<void> {
  const { namespace = "", name, uid } = object.metadata;
  switch (verb) {
    case "create":
      await cluster.create<"VirtualService" | "DestinationRule">(kind, object);
      return;
    case "replace":
      await cluster.replace<"VirtualService" | "DestinationRule">(kind, object);
      return;
    case "delete":
      await cluster.remove(kind, namespace, name, uid);
  }
}
