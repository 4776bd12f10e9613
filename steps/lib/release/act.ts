/** Carries out the effects of a decision. Each may be done again after a kill without harm. */
import { cutSentence } from "../experiment/cut-sentence.ts";
import { ANNOTATION } from "../experiment/names.ts";
import { timestamp } from "../experiment/status.ts";
import type { Effect } from "../loop/model.ts";
import { selects } from "../manifest/labels.ts";
import { NotFoundError, StepError } from "../ports/errors.ts";
import { release as releaseRoute } from "../routes/plan.ts";
import type { Pair } from "../routes/route.ts";
import type { Look } from "./look.ts";
import type { Release, World } from "./release.ts";
import { applyRest } from "./rest.ts";
import { currentRoute, setWeight, writeAll } from "./route.ts";

/** Returns what could not be done and does not stop the release: remarks for its sentence. */
export async function act(
  world: World,
  release: Release,
  seen: Look,
  effect: Effect,
): Promise<readonly string[]> {
  if (effect.do === "apply-rest") return await applyRest(world, release);
  await carryOut(world, release, seen, effect);
  return [];
}

async function carryOut(
  world: World,
  release: Release,
  { pair, route }: Look,
  effect: Exclude<Effect, { do: "apply-rest" }>,
): Promise<void> {
  const { cluster } = world;
  const { plan, experiment } = release;
  const { namespace } = plan;
  switch (effect.do) {
    case "route":
      return await setWeight(world, release, pair, route, effect.candidate);
    case "scale":
      return await ifThere(
        cluster.patch("Deployment", namespace, effect.deployment, { spec: { replicas: effect.replicas } }),
      );
    case "remove": {
      const deployment = await cluster.get("Deployment", namespace, effect.deployment);
      return await cluster.remove("Deployment", namespace, effect.deployment, deployment?.metadata.uid);
    }
    case "leave":
      return await ifThere(
        cluster.patch("Deployment", namespace, effect.deployment, {
          metadata: { annotations: { [ANNOTATION.leftOver]: effect.why } },
        }),
      );
    case "clear-action":
      return await ifThere(cluster.patch("Experiment", namespace, experiment.name, { action: "" }));
    case "release-route":
      return await giveRouteBack(world, release, pair, effect.winner);
    case "event":
      return await tell(world, release, effect);
  }
}

/** What the Service's endpoints say reaches the proxies by way of the mesh: on a busy cluster that took a second. */
const ENDPOINTS_MS = 3000;

/** To the plain host, unless that would lead to other versions as well. */
async function giveRouteBack(
  { cluster, clock, log }: World,
  { plan, target }: Release,
  pair: Pair,
  winner: "baseline" | "candidate",
): Promise<void> {
  const route = await currentRoute(cluster, target);
  if (route === undefined) return;
  const service = await cluster.get("Service", plan.namespace, plan.service);
  const others = (await cluster.list("Deployment", plan.namespace)).filter(
    (one) =>
      plan.kind === "Deployment" &&
      service !== undefined &&
      selects(service, one) &&
      one.metadata.name !== pair[winner].name &&
      // What has no ready pods now may have some in a moment.
      one.spec.replicas !== 0,
  );
  if (others.length > 0) {
    const names = others.map((one) => one.metadata.name).join(", ");
    const also = `Service ${plan.service} also selects ${names}`;
    log.warn(
      plan.baseline === undefined
        ? `${also}: pods of theirs that are ready serve beside ${plan.candidate}.`
        : `${also}, so the route keeps naming ${pair[winner].name}.`,
    );
    return;
  }
  if (plan.kind === "Deployment" && plan.baseline !== undefined) await clock.sleep(ENDPOINTS_MS);
  await writeAll({ cluster, clock }, releaseRoute(route, pair, winner));
}

/** An event is for people who look at the cluster; one that cannot be written changes nothing. */
async function tell(
  { cluster, clock }: World,
  { experiment, plan }: Release,
  { type, reason, message }: Extract<Effect, { do: "event" }>,
): Promise<void> {
  const { namespace } = plan;
  const { name, uid } = experiment;
  const time = timestamp(clock.now());
  try {
    await cluster.create("Event", {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${name}.${reason.toLowerCase()}.${clock.now().toString(16)}`, namespace },
      involvedObject: { apiVersion: "iter8.tools/v1alpha1", kind: "Experiment", name, namespace, uid },
      type,
      reason,
      message: cutSentence(message, 1000),
      source: { component: "tekton-canary" },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    });
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
  }
}

async function ifThere(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}
