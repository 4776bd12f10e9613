/** The pods of a version. */
import type { Cluster } from "../ports/cluster.ts";
import type { Deployment, Pod } from "../ports/kinds.ts";

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
  return pods.filter(({ metadata: { labels, ownerReferences } }) =>
    ownerReferences?.some(({ name }) => name === `${metadata.name}-${labels?.["pod-template-hash"]}`),
  );
}
