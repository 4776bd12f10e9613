/** Deployments come to life: the controllers and the kubelet, driven by the changes in the store. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { KubeObject, Pod } from "../../steps/lib/ports/kinds.ts";
import type { Store, StoreEvent } from "../cluster/store.ts";
import { createDeployments } from "./deployments.ts";
import { reconcileEndpoints } from "./endpoint-slices.ts";
import { createKubelet } from "./kubelet.ts";
import { controllerOf } from "./ownership.ts";
import { reconcileReplicaSet } from "./replica-sets.ts";
import type { Runtime } from "./runtime.ts";
import { createTimers } from "./timers.ts";

export interface WorkloadsOptions {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** Gets what the controllers cannot do, one error at a time. */
  readonly onError: (error: unknown) => void;
}

export interface Workloads {
  /** Stops the controllers and every container; resolves when all are gone. */
  stop(): Promise<void>;
}

/** Starts with what is in the store and follows every change. */
export function startWorkloads({ store, runtime, clock, onError }: WorkloadsOptions): Workloads {
  const timers = createTimers(clock, onError);
  const now = () => clock.now();
  const deployments = createDeployments(store, timers, now);
  const kubelet = createKubelet({ store, runtime, timers, now, onError });

  function reconcile(kind: string, namespace: string, name: string): void {
    if (kind === "Deployment") deployments.reconcile(namespace, name);
    if (kind === "ReplicaSet") reconcileReplicaSet(store, namespace, name);
  }

  function follow(type: StoreEvent["type"], object: KubeObject): void {
    const { kind, metadata } = object;
    const { namespace = "", name } = metadata;
    const owner = controllerOf(object);
    if (kind === "Pod" && type === "ADDED") kubelet.added(object as Pod);
    if (kind === "Pod" && type === "DELETED") kubelet.deleted(object as Pod);
    if (kind === "Pod" || kind === "Service") reconcileEndpoints(store, namespace);
    reconcile(kind, namespace, name);
    if (owner !== undefined) reconcile(owner.kind, namespace, owner.name);
  }

  function safely(type: StoreEvent["type"], object: KubeObject): void {
    try {
      follow(type, object);
    } catch (error) {
      onError(error);
    }
  }

  const unwatch = store.watch(({ type, object }) => safely(type, object));
  for (const kind of ["Service", "Pod", "ReplicaSet", "Deployment"])
    for (const object of store.list(kind)) safely("ADDED", object);

  return {
    async stop() {
      unwatch();
      timers.cancelAll();
      await kubelet.stop();
    },
  };
}
