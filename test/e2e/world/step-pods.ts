/** The pods that run our step programs: found, signalled, deleted. */
import type { View } from "../../../sandbox/scenario/view.ts";
import { PIPELINE_NAMESPACE } from "../../../sandbox/world/install.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { containerProcesses, signal } from "../cluster/capsule/processes.ts";
import type { Kubectl } from "./kubectl.ts";

interface StepPod extends KubeObject {
  readonly spec: {
    readonly containers: readonly { readonly name: string; readonly args?: readonly string[] }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly containerID?: string;
      readonly state?: { readonly running?: object };
    }[];
  };
}

/** Pods of the run, or of all runs. */
export function podsOf(view: View, run: string | undefined): readonly StepPod[] {
  return (view.list("Pod", PIPELINE_NAMESPACE) as readonly KubeObject[])
    .filter(({ metadata }) => run === undefined || metadata.labels?.["tekton.dev/pipelineRun"] === run)
    .map((pod) => pod as StepPod);
}

export function isAtWork({ status }: StepPod): boolean {
  return status?.phase === "Pending" || status?.phase === "Running";
}

/** Sends the signal to the program itself, not to Tekton's entrypoint above it; how many there were. */
export async function signalStep(
  view: View,
  program: string,
  run: string | undefined,
  name: NodeJS.Signals,
): Promise<number> {
  const containers = podsOf(view, run).flatMap((pod) => runningContainers(pod, program));
  const found = await Promise.all(
    containers.map((container) => containerProcesses(container, "node", fileOf(program))),
  );
  signal(found.flat(), name);
  return found.flat().length;
}

/** Deletes the pods in which the program is running, at once and without a word; how many there were. */
export async function evictStep(
  kubectl: Kubectl,
  view: View,
  program: string,
  run: string | undefined,
): Promise<number> {
  const pods = podsOf(view, run).filter((pod) => runningContainers(pod, program).length > 0);
  const now = ["--grace-period=0", "--force", "--wait=false"];
  for (const { metadata } of pods) {
    await kubectl(["delete", "pod", metadata.name, `--namespace=${PIPELINE_NAMESPACE}`, ...now]);
  }
  return pods.length;
}

function runningContainers({ spec, status }: StepPod, program: string): readonly string[] {
  const names = spec.containers
    .filter(({ args = [] }) => args.includes(fileOf(program)))
    .map(({ name }) => name);
  return (status?.containerStatuses ?? []).flatMap(({ name, containerID = "", state }) =>
    names.includes(name) && state?.running !== undefined ? [containerID.replace(/^.*:\/\//, "")] : [],
  );
}

const fileOf = (program: string) => `/app/${program}.mjs`;
