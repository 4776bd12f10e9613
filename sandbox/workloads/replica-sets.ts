/** The ReplicaSet controller: as many pods as wanted. */
import type { KubeObject, Pod, PodTemplate } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "../cluster/store.ts";
import { controlledBy, isControlledBy } from "./ownership.ts";

export interface ReplicaSet extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: PodTemplate;
  };
  readonly status?: { readonly replicas?: number; readonly readyReplicas?: number };
}

/** Creates or deletes pods until there are as many as the ReplicaSet wants, and counts them in its status. */
export function reconcileReplicaSet(store: Store, namespace: string, name: string): void {
  const set = store.get<ReplicaSet>("ReplicaSet", namespace, name);
  if (set === undefined) return;
  const pods = store.list<Pod>("Pod", namespace).filter((pod) => isControlledBy(pod, set));
  for (let count = pods.length; count < set.spec.replicas; count++)
    store.create(podOf(set), { manager: MANAGER });
  for (const { metadata } of pods
    .toSorted(dispensableFirst)
    .slice(0, Math.max(0, pods.length - set.spec.replicas)))
    store.remove("Pod", namespace, metadata.name, metadata.uid);

  const replicas = store.list<Pod>("Pod", namespace).filter((pod) => isControlledBy(pod, set));
  const ready = replicas.filter(isReady).length;
  // Kubernetes leaves counts of zero out, but for this first one.
  const status = {
    observedGeneration: set.metadata.generation,
    replicas: replicas.length,
    readyReplicas: ready || null,
    availableReplicas: ready || null,
  };
  store.patch("ReplicaSet", namespace, name, { status }, { subresource: "status", manager: MANAGER });
}

const MANAGER = "replicaset-controller";

export function isReady({ status }: Pod): boolean {
  return (
    status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ??
    false
  );
}

function podOf(set: ReplicaSet): KubeObject {
  const { metadata = {}, spec } = set.spec.template;
  const { name, namespace } = set.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    // The store completes a generated name.
    metadata: {
      ...metadata,
      generateName: `${name}-`,
      namespace,
      ownerReferences: [controlledBy(set)],
    } as unknown as KubeObject["metadata"],
    spec,
  };
}

/** Pods that are not ready go first, then the youngest. */
function dispensableFirst(left: Pod, right: Pod): number {
  if (isReady(left) !== isReady(right)) return isReady(left) ? 1 : -1;
  return String(right.metadata.creationTimestamp).localeCompare(String(left.metadata.creationTimestamp));
}
