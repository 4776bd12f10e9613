/**
 * The Deployment controller: one ReplicaSet per pod template. A rollout is simplified: the new ReplicaSet gets all its
 * pods at once, the old ones go when those are ready.
 */
import { createHash } from "node:crypto";
import type { Condition, Deployment, PodTemplate } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "../cluster/json.ts";
import type { Store } from "../cluster/store.ts";
import { withTransitions } from "./conditions.ts";
import { controlledBy, isControlledBy } from "./ownership.ts";
import type { ReplicaSet } from "./replica-sets.ts";
import { createRollouts, type Progress } from "./rollouts.ts";
import type { Timers } from "./timers.ts";

const MANAGER = "deployment-controller";
const HASH = "pod-template-hash";
const REVISION = "deployment.kubernetes.io/revision";

export interface Deployments {
  reconcile(namespace: string, name: string): void;
}

/** `now` in ms since the epoch; `timers` wake it when a progress deadline is over. */
export function createDeployments(store: Store, timers: Timers, now: () => number): Deployments {
  const rollouts = createRollouts(now);

  function reconcile(namespace: string, name: string): void {
    const deployment = store.get<Deployment>("Deployment", namespace, name);
    if (deployment === undefined) return;
    refuseUnknown(deployment);
    const replicas = deployment.spec.replicas ?? 1;
    const set = currentSet(store, deployment);
    if (set === undefined) return;
    const current = scale(store, set, replicas);
    const ready = current.status?.readyReplicas ?? 0;
    const old = setsOf(store, deployment)
      .filter(({ metadata }) => metadata.name !== current.metadata.name)
      .map((set) => (ready >= replicas ? scale(store, set, 0) : set));

    const sum = (field: "replicas" | "readyReplicas", sets: readonly ReplicaSet[]) =>
      sets.reduce((total, { status }) => total + (status?.[field] ?? 0), 0);
    const progress: Progress = {
      set: current.metadata.name,
      wanted: replicas,
      updated: sum("replicas", [current]),
      ready: sum("readyReplicas", [current]),
      old: sum("replicas", old),
    };
    const available = sum("readyReplicas", [current, ...old]);
    const rollout = rollouts.judge(deployment, progress);
    const key = `deadline ${deployment.metadata.uid}`;
    if (rollout.deadlineInMs === undefined) timers.cancel(key);
    else timers.set(key, rollout.deadlineInMs, () => reconcile(namespace, name));

    // Kubernetes leaves counts of zero out.
    const status = {
      observedGeneration: deployment.metadata.generation,
      replicas: progress.updated + progress.old || null,
      updatedReplicas: progress.updated || null,
      readyReplicas: available || null,
      availableReplicas: available || null,
      unavailableReplicas: Math.max(0, replicas - available) || null,
      conditions: withTransitions(
        deployment.status?.conditions,
        [availability(available, replicas), rollout.condition],
        now(),
      ),
    };
    store.patch("Deployment", namespace, name, { status }, { subresource: "status", manager: MANAGER });
  }

  return { reconcile };
}

function refuseUnknown({ metadata, spec }: Deployment): void {
  const strategy = spec["strategy"];
  if (isRecord(strategy) && strategy["type"] !== undefined && strategy["type"] !== "RollingUpdate")
    throw new Error(
      `Deployment ${metadata.name}: the sandbox knows the strategy RollingUpdate only, not ${strategy["type"]}`,
    );
  for (const field of ["paused", "minReadySeconds"])
    if (spec[field]) throw new Error(`Deployment ${metadata.name}: the sandbox does not know spec.${field}`);
}

function setsOf(store: Store, deployment: Deployment): ReplicaSet[] {
  return store
    .list<ReplicaSet>("ReplicaSet", deployment.metadata.namespace)
    .filter((set) => isControlledBy(set, deployment));
}

/**
 * The ReplicaSet of the template as it is now; made when there is none, and the newest revision again when the template is
 * an old one. Undefined while one of a removed Deployment has its name: the garbage collector will come.
 */
function currentSet(store: Store, deployment: Deployment): ReplicaSet | undefined {
  const hash = templateHash(deployment.spec.template);
  const sets = setsOf(store, deployment);
  const found = sets.find(({ metadata }) => metadata.labels?.[HASH] === hash);
  const last = Math.max(0, ...sets.filter((set) => set !== found).map(revisionOf));
  const { namespace = "", name } = deployment.metadata;
  if (found === undefined) {
    if (store.get("ReplicaSet", namespace, `${name}-${hash}`) !== undefined) return undefined;
    return store.create<ReplicaSet>(newSet(deployment, hash, last + 1), { manager: MANAGER });
  }
  if (revisionOf(found) > last) return found;
  const change = { metadata: { annotations: { [REVISION]: String(last + 1) } } };
  return store.patch<ReplicaSet>("ReplicaSet", namespace, found.metadata.name, change, { manager: MANAGER });
}

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

function newSet(deployment: Deployment, hash: string, revision: number): ReplicaSet {
  const { name, namespace } = deployment.metadata;
  const { template, selector, replicas = 1 } = deployment.spec;
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  const metadata = {
    name: `${name}-${hash}`,
    labels,
    annotations: { [REVISION]: String(revision) },
    ownerReferences: [controlledBy(deployment)],
  };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: namespace === undefined ? metadata : { ...metadata, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { ...selector.matchLabels, [HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

function scale(store: Store, set: ReplicaSet, replicas: number): ReplicaSet {
  const { namespace = "", name } = set.metadata;
  if (set.spec.replicas === replicas) return set;
  return store.patch<ReplicaSet>("ReplicaSet", namespace, name, { spec: { replicas } }, { manager: MANAGER });
}

function availability(available: number, replicas: number): Condition {
  // RollingUpdate's default lets a quarter of the pods be away.
  const enough = available >= replicas - Math.floor(replicas / 4);
  return enough
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
}

/** A short hash of the template; the order of its fields does not count. */
export function templateHash(template: PodTemplate): string {
  return createHash("sha256").update(canonical(template)).digest("hex").slice(0, 10);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    isRecord(field) ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1))) : field,
  );
}
