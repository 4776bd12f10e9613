/** What Deployments and their pods say about a version. */
import type { ContainerStatus, Deployment, Pod } from "../ports/kinds.ts";
import type { Workload } from "./model.ts";

const DEFAULT_DEADLINE_S = 600;
const MAX_DEADLINE_MS = 600_000;

/** A Deployment with the pods that belong to it (none given: nothing is known of problems). */
export function workloadOf(deployment: Deployment, pods: readonly Pod[], autoscaled: boolean): Workload {
  const { spec, status, metadata } = deployment;
  const desired = spec.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const current = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const progressing = status?.conditions?.find((condition) => condition.type === "Progressing");
  const problem = podProblem(pods);
  return {
    desired,
    ready,
    available:
      current &&
      desired > 0 &&
      (status?.availableReplicas ?? 0) >= desired &&
      (status?.updatedReplicas ?? 0) >= desired,
    autoscaled,
    deadlineMs: Math.min((spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_S) * 1000, MAX_DEADLINE_MS),
    gaveUp: current && progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded",
    ...(problem !== undefined && { problem }),
  };
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
