/** The two versions of a release as its route needs them. */
import { podLabels } from "../manifest/labels.ts";
import type { Cluster } from "../ports/cluster.ts";
import type { Deployment, ReplicaSet } from "../ports/kinds.ts";
import type { Pair } from "../routes/route.ts";
import { needsHash } from "../routes/subsets.ts";
import { HASH } from "./pods.ts";
import type { Release } from "./release.ts";

/** A version that is gone keeps its name. */
export function pairOf(
  { plan, stored }: Release,
  baseline: Deployment | undefined,
  candidate: Deployment | undefined,
): Pair {
  const newest = candidate ?? stored?.deployment;
  return {
    baseline: { name: plan.baseline ?? "", labels: baseline === undefined ? {} : podLabels(baseline) },
    candidate: { name: plan.candidate, labels: newest === undefined ? {} : podLabels(newest) },
  };
}

/**
 * Adds the `pod-template-hash` of the baseline's pods when only that tells them from the candidate's. It costs a list of
 * ReplicaSets, in that case only.
 */
export async function withHash(
  cluster: Pick<Cluster, "list">,
  pair: Pair,
  baseline: Deployment | undefined,
): Promise<Pair> {
  if (baseline === undefined || !needsHash(pair)) return pair;
  const hash = await podTemplateHash(cluster, baseline);
  return hash === undefined ? pair : { ...pair, baseline: { ...pair.baseline, podTemplateHash: hash } };
}

const REVISION = "deployment.kubernetes.io/revision";

/**
 * The hash of the ReplicaSet that serves: the one with the most ready pods, of several the newest. While a rollout is stuck
 * that is not the newest one, and during a restart it changes from one to the other.
 */
async function podTemplateHash(
  cluster: Pick<Cluster, "list">,
  { metadata, spec }: Deployment,
): Promise<string | undefined> {
  const all = await cluster.list("ReplicaSet", metadata.namespace ?? "", spec.selector.matchLabels);
  const own = all.filter((set) => set.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid));
  const ready = ({ status }: ReplicaSet) => status?.readyReplicas ?? 0;
  const revision = ({ metadata: { annotations } }: ReplicaSet) => Number(annotations?.[REVISION] ?? 0);
  const serving = own.toSorted((a, b) => ready(a) - ready(b) || revision(a) - revision(b)).at(-1);
  return serving?.metadata.labels?.[HASH];
}
