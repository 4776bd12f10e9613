/** A pod's status, as the kubelet writes it. */
import type { Condition, ContainerState, Pod } from "../../steps/lib/ports/kinds.ts";
import { withTransitions } from "./conditions.ts";
import { hasPort } from "./container-ports.ts";

/** Where a pod answers: 127.0.0.1 and a port of its own, since all pods share this machine's address. */
export interface PodStatus extends NonNullable<Pod["status"]> {
  readonly podIP?: string;
  /** The port behind all ports of the container. Not in Kubernetes. */
  readonly port?: number | null;
}

/** Where a pod answers on its port of that number or name; undefined when nobody listens there. */
export function podAddress(
  pod: Pod,
  wanted: number | string,
): { readonly host: string; readonly port: number } | undefined {
  const { podIP: host, port }: PodStatus = pod.status ?? {};
  if (host === undefined || typeof port !== "number" || !hasPort(pod, wanted)) return undefined;
  return { host, port };
}

/** What is known of the pod's container. */
export interface ContainerView {
  readonly state: ContainerState;
  readonly lastState?: ContainerState | undefined;
  readonly restartCount: number;
  /** The port that its program listens on. */
  readonly port?: number;
  readonly ready?: boolean;
}

/** The status of `pod` with its container in the state `view`; `now` in ms since the epoch. */
export function podStatus(
  pod: Pod,
  name: string,
  image: string,
  view: ContainerView,
  now: number,
): PodStatus {
  const { state, lastState = {}, restartCount, port, ready = false } = view;
  const hasRun = state.running !== undefined || lastState.terminated !== undefined;
  const container = {
    name,
    image,
    state,
    lastState,
    restartCount,
    ready,
    started: state.running !== undefined,
  };
  return {
    phase: hasRun ? "Running" : "Pending",
    podIP: "127.0.0.1",
    port: port ?? null,
    conditions: withTransitions(pod.status?.conditions, conditions(name, ready), now),
    containerStatuses: [container],
  };
}

function conditions(name: string, ready: boolean): readonly Condition[] {
  const state: Omit<Condition, "type"> = ready
    ? { status: "True" }
    : { status: "False", reason: "ContainersNotReady", message: `containers with unready status: [${name}]` };
  return [
    { type: "PodScheduled", status: "True" },
    { type: "Initialized", status: "True" },
    { type: "ContainersReady", ...state },
    { type: "Ready", ...state },
  ];
}
