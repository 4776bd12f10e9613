/** The two versions of a release as its route needs them. */
import { podLabels } from "../manifest/labels.ts";
import type { Cluster } from "../ports/cluster.ts";
import type { Deployment } from "../ports/kinds.ts";
import type { Pair } from "../routes/route.ts";
import { needsHash } from "../routes/subsets.ts";
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

/** Adds the `pod-template-hash` of the baseline's pods when only that tells them from the candidate's. */
export async function withHash(cluster: Cluster, namespace: string, pair: Pair): Promise<Pair> {
  if (!needsHash(pair)) return pair;
  const baseline = await cluster.get("Deployment", namespace, pair.baseline.name);
  const hash = baseline === undefined ? undefined : await podTemplateHash(cluster, baseline);
  return hash === undefined ? pair : { ...pair, baseline: { ...pair.baseline, podTemplateHash: hash } };
}

const REVISION = "deployment.kubernetes.io/revision";
const HASH = "pod-template-hash";

/** The hash that Kubernetes gave the pods of the Deployment's newest template. */
async function podTemplateHash(cluster: Cluster, deployment: Deployment): Promise<string | undefined> {
  const { namespace = "", uid } = deployment.metadata;
  const all = await cluster.list("ReplicaSet", namespace, deployment.spec.selector.matchLabels);
  const own = all.filter((set) => set.metadata.ownerReferences?.some((owner) => owner.uid === uid));
  const revision = (set: (typeof own)[number]) => Number(set.metadata.annotations?.[REVISION] ?? 0);
  const newest = [...own].sort((a, b) => revision(a) - revision(b)).at(-1);
  return newest?.metadata.labels?.[HASH];
}
