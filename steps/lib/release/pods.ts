/** The pods of a version. */
import type { Cluster } from "../ports/cluster.ts";
import { RefusedError } from "../ports/errors.ts";
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
 * How many pods of a Deployment that is gone can still get requests of the Service: those that are not being deleted yet, and
 * those that its endpoints name all the same. The garbage collector comes to them after the Deployment and its ReplicaSets,
 * and the endpoints follow the pods.
 */
export async function podsLeft(
  cluster: Pick<Cluster, "get" | "list">,
  namespace: string,
  service: string,
  deployment: string,
): Promise<number> {
  const selector = (await cluster.get("Service", namespace, service))?.spec.selector;
  if (selector === undefined) return 0;
  // Read before the pods: one that comes meanwhile is not taken for gone.
  const endpoints = await podsInEndpoints(cluster, namespace, service);
  const pods = await cluster.list("Pod", namespace, selector);
  const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const names = new Set(alive.map(({ metadata }) => metadata.name));
  const gone = endpoints.filter((name) => !names.has(name));
  return alive.filter((pod) => isOf(deployment, pod)).length + gone.length;
}

/** The names of the pods that the Service sends to. None where we may not look: a role that is older than the programs. */
async function podsInEndpoints(
  cluster: Pick<Cluster, "list">,
  namespace: string,
  service: string,
): Promise<readonly string[]> {
  try {
    const slices = await cluster.list("EndpointSlice", namespace, { "kubernetes.io/service-name": service });
    return slices
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ targetRef }) => (targetRef?.kind === "Pod" ? [targetRef.name ?? ""] : []));
  } catch (error) {
    if (error instanceof RefusedError) return [];
    throw error;
  }
}

function isOf(deployment: string, { metadata: { labels, ownerReferences } }: Pod): boolean {
  return ownerReferences?.some(({ name }) => name === `${deployment}-${labels?.[HASH]}`) ?? false;
}
