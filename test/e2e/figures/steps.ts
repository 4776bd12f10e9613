/** The steps of all pods of Tekton that were seen: when each one's turn came, and when it said its first line. Pure. */
import type { Sighting } from "../../../sandbox/scenario/sightings.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

/** Times in ms since the epoch. */
export interface StepSeen {
  readonly run: string;
  readonly task: string;
  readonly step: string;
  readonly pod: string;
  /** Whether no other step of the pod came before. */
  readonly isFirst: boolean;
  /** When the watcher saw the new pod. */
  readonly podSeenAt: number;
  /** Id of its container in the runtime; undefined when there never was one. */
  readonly container: string | undefined;
  /** When it was its turn; undefined while it runs, and when it was killed. */
  readonly startedAt: number | undefined;
  /** Undefined when it said nothing. */
  readonly firstLineAt: number | undefined;
}

/** A pod of Tekton's. */
interface StepPod extends KubeObject {
  readonly spec?: { readonly containers?: readonly { readonly name: string }[] };
  readonly status?: { readonly containerStatuses?: readonly ContainerStatus[] };
}

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly state?: { readonly terminated?: { readonly message?: string } };
}

const PREFIX = "step-";

/** In the order of their pods, then of their turns. Pods that were there before the scenario are left out. */
export function stepsOf(sightings: readonly Sighting[]): readonly StepSeen[] {
  const pods = new Map<string, { readonly seenAt: number; newest: StepPod }>();
  const lines = new Map<string, number[]>();
  for (const one of sightings) {
    if (one.kind === "output") {
      const known = lines.get(one.source);
      if (known === undefined) lines.set(one.source, [one.at]);
      else known.push(one.at);
    }
    if (one.kind !== "object" || one.object.kind !== "Pod" || one.staged) continue;
    if (taskOf(one.object as StepPod) === undefined) continue;
    const { uid = one.object.metadata.name } = one.object.metadata;
    const known = pods.get(uid);
    if (known !== undefined) known.newest = one.object as StepPod;
    else if (one.change === "ADDED") pods.set(uid, { seenAt: one.at, newest: one.object as StepPod });
  }
  return [...pods.values()].flatMap(({ seenAt, newest }) =>
    stepNames(newest).map((step, index): StepSeen => {
      const run = newest.metadata.labels?.["tekton.dev/pipelineRun"] ?? "";
      const task = taskOf(newest) ?? "";
      const status = newest.status?.containerStatuses?.find(({ name }) => name === PREFIX + step);
      const startedAt = turnOf(status?.state?.terminated?.message);
      const from = startedAt ?? seenAt;
      const said = lines.get(`${run}/${task}/${step}`)?.filter((at) => at >= from) ?? [];
      return {
        run,
        task,
        step,
        pod: newest.metadata.name,
        isFirst: index === 0,
        podSeenAt: seenAt,
        container: status?.containerID?.replace(/^\w+:\/\//, ""),
        startedAt,
        firstLineAt: said.length === 0 ? undefined : Math.min(...said),
      };
    }),
  );
}

/** Names of the steps, in the order in which they run. */
function stepNames(pod: StepPod): readonly string[] {
  return (pod.spec?.containers ?? [])
    .filter(({ name }) => name.startsWith(PREFIX))
    .map(({ name }) => name.slice(PREFIX.length));
}

/** The process that acts in the pod now, as `<TaskRun>/<step>`: the first step that is not over, else the last one. */
export function processIn(pod: KubeObject): string | undefined {
  const { metadata, status } = pod as StepPod;
  const taskRun = metadata.labels?.["tekton.dev/taskRun"];
  const names = stepNames(pod as StepPod);
  const isOver = (step: string) =>
    status?.containerStatuses?.find(({ name }) => name === PREFIX + step)?.state?.terminated !== undefined;
  const step = names.find((name) => !isOver(name)) ?? names.at(-1);
  return taskRun === undefined || step === undefined ? undefined : `${taskRun}/${step}`;
}

function taskOf(pod: StepPod): string | undefined {
  return pod.metadata.labels?.["tekton.dev/pipelineTask"];
}

/**
 * All containers of a pod start at once, and Tekton's entrypoint waits in each. When it goes on it notes the time, in ms,
 * in the container's termination message; the status of pod and TaskRun have whole seconds only.
 */
function turnOf(message: string | undefined): number | undefined {
  const value = /\{"key":"StartedAt","value":"([^"]+)"/.exec(message ?? "")?.[1];
  return value === undefined ? undefined : Date.parse(value);
}
