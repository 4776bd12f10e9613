/** What Deployments and their pods say about a version. */
import type { ContainerStatus, Deployment, Pod } from "../ports/kinds.ts";
import type { Workload } from "./model.ts";

const DEFAULT_DEADLINE_S = 600;
const MAX_DEADLINE_MS = 600_000;

/** Pods without a probe are ready when their program starts, before it listens and even when it crashes at once. */
const UNPROBED_MS = 3000;

/** A Deployment with the pods that belong to it (none given: nothing is known of problems); `now` in ms since the epoch. */
export function workloadOf(
  deployment: Deployment,
  {
    pods,
    autoscaled,
    now,
  }: { readonly pods: readonly Pod[]; readonly autoscaled: boolean; readonly now: number },
): Workload {
  const { spec, status, metadata } = deployment;
  const desired = spec.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  const current = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const progressing = status?.conditions?.find((condition) => condition.type === "Progressing");
  const older = Math.max(0, (status?.replicas ?? 0) - updated);
  const problem = podProblem(pods);
  return {
    desired,
    ready,
    ...(older > 0 && { older }),
    // As `kubectl rollout status` has it. An old pod beside a new one may be the only one that is available.
    available:
      current &&
      desired > 0 &&
      updated >= desired &&
      older === 0 &&
      (status?.availableReplicas ?? 0) >= updated &&
      isSteady(deployment, now),
    autoscaled,
    deadlineMs: Math.min((spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_S) * 1000, MAX_DEADLINE_MS),
    gaveUp: current && progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded",
    ...(problem !== undefined && { problem }),
  };
}

/** How far a version is: `1 of 2 pods ready`. Pods of an older template are ready too, and not what is waited for. */
export function podsReady({ ready, desired, older = 0 }: Workload): string {
  const still = older > 0 ? `, ${older} of an older template still there` : "";
  return `${ready} of ${desired} pods ready${still}`;
}

interface Container {
  readonly readinessProbe?: unknown;
  readonly startupProbe?: unknown;
}

/** Whether its pods have been available for long enough to believe it; the condition's time is in whole seconds. */
function isSteady({ spec, status }: Deployment, now: number): boolean {
  const containers = (spec.template.spec["containers"] ?? []) as readonly Container[];
  const asked = containers.some((one) => (one.readinessProbe ?? one.startupProbe) !== undefined);
  if (asked || (spec.minReadySeconds ?? 0) > 0) return true;
  const since = status?.conditions?.find(({ type }) => type === "Available")?.lastTransitionTime;
  return since === undefined || now - Date.parse(since) >= UNPROBED_MS;
}

/** The first pod problem that a person can act on: a wrong image, a crash, a volume that is not there. */
function podProblem(pods: readonly Pod[]): string | undefined {
  for (const pod of pods) {
    for (const container of pod.status?.containerStatuses ?? []) {
      const text = containerProblem(container);
      if (text !== undefined) return text;
    }
    const unschedulable = pod.status?.conditions?.find(
      (condition) => condition.type === "PodScheduled" && condition.status === "False",
    );
    if (unschedulable !== undefined) return unschedulable.message ?? unschedulable.reason;
  }
  return undefined;
}

const HARMLESS = new Set(["ContainerCreating", "PodInitializing"]);

function containerProblem(container: ContainerStatus): string | undefined {
  const { waiting, terminated } = container.state ?? {};
  const last = terminated ?? container.lastState?.terminated;
  if (waiting?.reason === "CrashLoopBackOff" || terminated !== undefined) {
    return `container ${container.name} crashed, exit code ${last?.exitCode ?? "unknown"}, ${container.restartCount ?? 0} restarts`;
  }
  if (waiting?.reason !== undefined && !HARMLESS.has(waiting.reason)) {
    return `container ${container.name}: ${waiting.reason}${waiting.message === undefined ? "" : ` (${waiting.message})`}`;
  }
  return undefined;
}
