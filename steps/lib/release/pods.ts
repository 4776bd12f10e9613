/** The pods of a version. */
import type { Cluster } from "../ports/cluster.ts";
import type { Deployment, Pod } from "../ports/kinds.ts";

/** Label of pods and ReplicaSets: which template of their Deployment they are of. */
export const HASH = "pod-template-hash";

/**
 * Those that the Deployment's ReplicaSets made: other versions may have pods with the same labels. A ReplicaSet is named
 * after its Deployment and the hash that its pods carry.
 */
export async function podsOf(
  cluster: Pick<Cluster, "list">,
  namespace: string,
  { metadata, spec }: Deployment,
): Promise<readonly Pod[]> {
  const pods = await cluster.list("Pod", namespace, spec.selector.matchLabels);
  return pods.filter((pod) => isOf(metadata.name, pod));
}

/**
 * How many pods a Deployment that is gone has left behind the Service and that are not being deleted yet: only those can
 * still get requests. The garbage collector comes to them after the Deployment and its ReplicaSets.
 */
export async function podsLeft(
  cluster: Pick<Cluster, "get" | "list">,
  namespace: string,
  service: string,
  deployment: string,
): Promise<number> {
  const selector = (await cluster.get("Service", namespace, service))?.spec.selector;
  if (selector === undefined) return 0;
  const pods = await cluster.list("Pod", namespace, selector);
  return pods.filter((pod) => isOf(deployment, pod) && pod.metadata.deletionTimestamp === undefined).length;
}

function isOf(deployment: string, { metadata: { labels, ownerReferences } }: Pod): boolean {
  return ownerReferences?.some(({ name }) => name === `${deployment}-${labels?.[HASH]}`) ?? false;
}
