/** Which two versions a release compares, and the Deployment that has to be applied for it. */
import type { ExperimentSpec } from "../lib/experiment/schema.ts";
import { prepareCandidate } from "../lib/manifest/candidate.ts";
import { podLabels, selects } from "../lib/manifest/labels.ts";
import { isOurs } from "../lib/manifest/policy.ts";
import { sameTemplate } from "../lib/manifest/template.ts";
import type { Deployment, Service } from "../lib/ports/kinds.ts";
import { withHash } from "../lib/release/pair.ts";
import type { World } from "../lib/release/release.ts";
import { liveService } from "../lib/routes/live.ts";
import type { Version } from "../lib/routes/route.ts";
import { makeCandidate } from "./candidate.ts";
import type { Config } from "./config.ts";
import { findLive, pushedService, type Situation } from "./situation.ts";
import type { Pushed } from "./source.ts";
import { rejected } from "./stop.ts";

export type Comparison =
  | { readonly kind: "first"; readonly candidate: Version; readonly deployment: Deployment }
  | {
      readonly kind: "canary";
      readonly baseline: Version;
      readonly candidate: Version;
      readonly deployment: Deployment;
    }
  /** The live version runs what was pushed. */
  | { readonly kind: "same"; readonly live: Deployment };

/** Versions that are Deployments behind one Service. Throws Stop. */
export async function compareDeployments(
  world: World,
  config: Config,
  pushed: Pushed,
  situation: Situation,
): Promise<Comparison> {
  const live = await findLive(world, config, situation, pushed);
  if (live !== undefined && sameTemplate(pushed.deployment, live)) return { kind: "same", live };
  const deployment = makeCandidate(config, pushed, situation, live);
  const candidate = { name: deployment.metadata.name, labels: podLabels(deployment) };
  if (live === undefined) return { kind: "first", candidate, deployment };
  const baseline = { name: live.metadata.name, labels: podLabels(live) };
  const pair = await withHash(world.cluster, { baseline, candidate }, live);
  return { kind: "canary", ...pair, deployment };
}

/**
 * Versions that are Services, each with Deployments of its own (`targetService.kind: Service`): traffic is moved between
 * the two and nothing is ever deleted. The experiment names both. Throws Stop.
 */
export async function compareServices(
  { cluster, log }: World,
  config: Config,
  pushed: Pushed,
  situation: Situation,
  spec: ExperimentSpec,
): Promise<Comparison> {
  const { experimentPath, namespace } = config;
  const { baseline: named, candidate } = spec.targetService;
  const routed = liveService(situation.route);
  const baseline = routed === undefined || routed === config.service ? named : routed;
  if (!candidate || !baseline) {
    throw rejected(
      `${experimentPath}: spec.targetService with kind Service needs the names of two Services, baseline and candidate.`,
    );
  }
  const find = async (name: string): Promise<Service | undefined> =>
    pushedService(pushed, name) ?? (await cluster.get("Service", namespace, name));
  const [old, next] = await Promise.all([find(baseline), find(candidate)]);
  for (const [role, name, found] of [
    ["baseline", baseline, old],
    ["candidate", candidate, next],
  ] as const) {
    if (found !== undefined) continue;
    throw rejected(
      `${experimentPath}: Service ${namespace}/${name}, the ${role}, is neither in the cluster nor in the manifest.`,
    );
  }
  const { name } = pushed.deployment.metadata;
  const existing = situation.deployments.find((one) => one.metadata.name === name);
  if (baseline === candidate) {
    if (existing !== undefined && sameTemplate(pushed.deployment, existing))
      return { kind: "same", live: existing };
    throw rejected(
      `${experimentPath}: Service ${candidate} has all the traffic already, so it cannot be the candidate.`,
    );
  }
  if (
    existing !== undefined &&
    !isOurs(existing, config.service) &&
    (next === undefined || !selects(next, existing))
  ) {
    throw rejected(
      `${pushed.manifestFile}: a Deployment ${name} exists that does not belong to Service ${candidate}; use another name.`,
    );
  }
  log.info(`The live version is Service ${baseline}, the candidate Service ${candidate}.`);
  const { service, repository, revision } = config;
  const deployment = prepareCandidate(pushed.deployment, {
    ...{ name, namespace, service, repository, revision, existing },
    baseline: undefined,
  });
  if (next !== undefined && !selects(next, deployment)) {
    throw rejected(
      `${pushed.manifestFile}: Service ${candidate} does not select the pods of Deployment ${name}.`,
    );
  }
  // One that is pushed was looked at as it will be; until the promotion the one in the cluster counts.
  const isPushed = pushedService(pushed, candidate) !== undefined;
  const there = isPushed ? await cluster.get("Service", namespace, candidate) : undefined;
  if (there !== undefined && !selects(there, deployment)) {
    throw rejected(
      `${pushed.manifestFile}: Service ${candidate} in the cluster does not select the pods of Deployment ${name}, and a push changes it only when it is promoted; use another name for the Service, or change its selector by hand.`,
    );
  }
  if (old !== undefined && [deployment, existing].some((one) => one !== undefined && selects(old, one))) {
    throw rejected(
      `${pushed.manifestFile}: Service ${baseline}, the baseline, selects the pods of Deployment ${name} too; the two versions need different labels.`,
    );
  }
  return {
    kind: "canary",
    baseline: { name: baseline, labels: {} },
    candidate: { name: candidate, labels: {} },
    deployment,
  };
}
