/** The pods of a version. */
import type { Cluster } from "../ports/cluster.ts";
import type { Deployment, Pod } from "../ports/kinds.ts";

/** Those that the Deployment's ReplicaSets made: other versions may have pods with the same labels. */
export async function podsOf(
  cluster: Pick<Cluster, "list">,
  namespace: string,
  { metadata, spec }: Deployment,
): Promise<readonly Pod[]> {
  const pods = await cluster.list("Pod", namespace, spec.selector.matchLabels);
  const ofReplicaSet = `${metadata.name}-`;
  return pods.filter((pod) =>
    pod.metadata.ownerReferences?.some((owner) => owner.name.startsWith(ofReplicaSet)),
  );
}
