/** Runs the container of each pod, starts it again when it ends, and writes the pod's status. */
import type { ContainerState, Pod } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "../cluster/json.ts";
import type { Store } from "../cluster/store.ts";
import { timestamp } from "./conditions.ts";
import { type ContainerView, podStatus } from "./pod-status.ts";
import type { Container, Runtime } from "./runtime.ts";
import type { Timers } from "./timers.ts";

const GRACE_MS = 2000;
/** Kubernetes waits 10 s after the first crash, up to 5 min; scenarios are shorter. */
const FIRST_BACK_OFF_MS = 1000;
const LAST_BACK_OFF_MS = 10_000;
const PULL_BACK_OFF_MS = 1000;

export interface Kubelet {
  added(pod: Pod): void;
  deleted(pod: Pod): void;
  /** Ends every container; resolves when all are gone. */
  stop(): Promise<void>;
}

export interface KubeletOptions {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly timers: Timers;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export function createKubelet({ store, runtime, timers, now, onError }: KubeletOptions): Kubelet {
  const containers = new Map<string, Container>();
  const ending = new Set<Promise<void>>();

  function report(pod: Pod, name: string, image: string, view: ContainerView): void {
    const { namespace = "", name: podName, uid = "" } = pod.metadata;
    const current = store.get<Pod>("Pod", namespace, podName);
    if (current?.metadata.uid !== uid) return;
    const status = podStatus(current, name, image, view, now());
    store.patch("Pod", namespace, podName, { status }, { subresource: "status", manager: "kubelet" });
  }

  function added(pod: Pod): void {
    const { uid = "" } = pod.metadata;
    const [name, image] = onlyContainer(pod);
    const tell = (view: ContainerView) => report(pod, name, image, view);
    const refused = runtime.pull(image);
    if (refused !== undefined) {
      tell({ state: waiting("ErrImagePull", refused), restartCount: 0 });
      const backOff = waiting(
        "ImagePullBackOff",
        `Back-off pulling image "${image}": ErrImagePull: ${refused}`,
      );
      timers.set(`pull ${uid}`, PULL_BACK_OFF_MS, () => tell({ state: backOff, restartCount: 0 }));
      return;
    }
    tell({ state: waiting("ContainerCreating"), restartCount: 0 });
    run(pod, tell, 0, undefined);
  }

  function run(
    pod: Pod,
    tell: (view: ContainerView) => void,
    restartCount: number,
    lastState?: ContainerState,
  ): void {
    const { uid = "", name, namespace } = pod.metadata;
    const startedAt = timestamp(now());
    let running: ContainerView = { state: { running: { startedAt } }, lastState, restartCount };
    const change = (more: Partial<ContainerView>) => {
      running = { ...running, ...more };
      tell(running);
    };
    change({});
    containers.set(
      uid,
      runtime.start(pod, {
        listening: (port) => change({ port }),
        ready: () => change({ ready: true }),
        unready: () => change({ ready: false }),
        exited: (exitCode) => {
          if (!containers.delete(uid)) return;
          const reason = exitCode === 0 ? "Completed" : "Error";
          const terminated = { exitCode, reason, startedAt, finishedAt: timestamp(now()) };
          const backOffMs = Math.min(FIRST_BACK_OFF_MS * 2 ** restartCount, LAST_BACK_OFF_MS);
          const message = `back-off ${backOffMs / 1000}s restarting failed container=${onlyContainer(pod)[0]} pod=${name}_${namespace}(${uid})`;
          tell({ state: waiting("CrashLoopBackOff", message), lastState: { terminated }, restartCount });
          timers.set(`restart ${uid}`, backOffMs, () => run(pod, tell, restartCount + 1, { terminated }));
        },
      }),
    );
  }

  function deleted({ metadata: { uid = "" } }: Pod): void {
    timers.cancel(`pull ${uid}`);
    timers.cancel(`restart ${uid}`);
    const container = containers.get(uid);
    containers.delete(uid);
    if (container === undefined) return;
    const end = container.stop(GRACE_MS).catch(onError);
    ending.add(end);
    void end.then(() => ending.delete(end));
  }

  return {
    added,
    deleted,
    async stop() {
      for (const [uid, container] of containers) {
        containers.delete(uid);
        ending.add(container.stop(GRACE_MS).catch(onError));
      }
      await Promise.all(ending);
    },
  };
}

function onlyContainer({ metadata, ["spec"]: spec }: Pod): readonly [name: string, image: string] {
  const containers = isRecord(spec) ? spec["containers"] : undefined;
  const [container, ...others]: readonly unknown[] = Array.isArray(containers) ? containers : [];
  if (!isRecord(container) || others.length > 0 || (isRecord(spec) && spec["initContainers"] !== undefined))
    throw new Error(`Pod ${metadata.name}: the sandbox runs pods of exactly one container`);
  return [String(container["name"]), String(container["image"])];
}

function waiting(reason: string, message?: string): ContainerState {
  return { waiting: message === undefined ? { reason } : { reason, message } };
}
