/** What a control plane tells its proxies: the routes, subsets and ready pods at one moment, read from the store. */
import type { KubeObject, Pod, Service } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "../cluster/store.ts";
import { type RouteRule, readDestinationRule, readVirtualService } from "./istio-objects.ts";

export interface Endpoint {
  readonly pod: Pod;
  /** The Deployment's name. */
  readonly workload: string;
  /** The pod's label `version`, or `unknown`. */
  readonly version: string;
}

export interface MeshPort {
  readonly port: number;
  /** Number or name of a port of the pods; the Service's own unless set. */
  readonly targetPort?: number | string;
}

export interface MeshService {
  readonly name: string;
  readonly namespace: string;
  readonly ports: readonly MeshPort[];
  /** Ready pods that the Service selects. */
  readonly endpoints: readonly Endpoint[];
}

export interface HostRoute {
  readonly namespace: string;
  /** Full names for services of the mesh; otherwise as written, perhaps with a wildcard. */
  readonly hosts: readonly string[];
  readonly inMesh: boolean;
  readonly atGateway: boolean;
  readonly rules: readonly RouteRule[];
}

export interface MeshConfig {
  /** Oldest first. */
  readonly routes: readonly HostRoute[];
  readonly services: ReadonlyMap<string, MeshService>;
  /** Labels by `<full service name>/<subset>`. */
  readonly subsets: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** What could not be understood; such objects have no effect. */
  readonly problems: readonly string[];
}

/** Kinds whose changes change the configuration. */
export const MESH_KINDS: ReadonlySet<string> = new Set([
  "VirtualService",
  "DestinationRule",
  "Service",
  "Pod",
  "ReplicaSet",
]);

/** Kinds that a control plane hands to the proxies one by one. */
export type DeliveredKind = "VirtualService" | "DestinationRule";

/** The configuration as the store stands; `heard` gives routes and subsets when they differ from it. */
export function readMeshConfig(
  store: Store,
  heard: (kind: DeliveredKind) => readonly KubeObject[] = (kind) => store.list(kind),
): MeshConfig {
  const problems: string[] = [];
  const understood = <T>(read: () => T): T[] => {
    try {
      return [read()];
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return [];
    }
  };

  const routes = oldestFirst(heard("VirtualService")).flatMap((object) =>
    understood(() => hostRoute(object)),
  );
  const subsets = new Map<string, Readonly<Record<string, string>>>();
  for (const object of oldestFirst(heard("DestinationRule"))) {
    for (const { host, subsets: defined = [] } of understood(() => readDestinationRule(object))) {
      for (const { name, labels = {} } of defined) {
        const key = `${fullName(host, namespaceOf(object))}/${name}`;
        if (!subsets.has(key)) subsets.set(key, labels);
      }
    }
  }
  return { routes, services: readServices(store), subsets, problems };
}

/** A short name means a service of `namespace`; a name with a dot stands for itself, as in Istio. */
export function fullName(host: string, namespace: string): string {
  return host.includes(".") || host === "*" ? host : `${host}.${namespace}.svc.cluster.local`;
}

/** Whether `labels` contain all of `wanted`. */
export function isSuperset(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function hostRoute(object: KubeObject): HostRoute {
  const { hosts, gateways = ["mesh"], http } = readVirtualService(object);
  const namespace = namespaceOf(object);
  return {
    namespace,
    hosts: hosts.map((host) => fullName(host.toLowerCase(), namespace)),
    inMesh: gateways.includes("mesh"),
    atGateway: gateways.some((gateway) => gateway !== "mesh"),
    rules: http,
  };
}

function readServices(store: Store): ReadonlyMap<string, MeshService> {
  const pods = store.list<Pod>("Pod").filter(isReady);
  const services = new Map<string, MeshService>();
  for (const service of store.list<Service>("Service")) {
    const { name } = service.metadata;
    const namespace = namespaceOf(service);
    const { selector = {}, ports = [] } = service.spec;
    const endpoints = pods
      .filter((pod) => Object.keys(selector).length > 0 && namespaceOf(pod) === namespace)
      .filter((pod) => isSuperset(pod.metadata.labels ?? {}, selector))
      .map((pod) => ({
        pod,
        workload: workloadOf(pod, store),
        version: pod.metadata.labels?.["version"] ?? "unknown",
      }));
    const key = fullName(name, namespace);
    services.set(key, { name, namespace, ports, endpoints });
  }
  return services;
}

function isReady(pod: Pod): boolean {
  const ready =
    pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  return ready && pod.metadata.deletionTimestamp === undefined;
}

/** The Deployment behind the pod, through its ReplicaSet; a pod of its own is its own workload. */
function workloadOf(pod: Pod, store: Store): string {
  const owner = pod.metadata.ownerReferences?.[0];
  if (owner === undefined) return pod.metadata.name;
  if (owner.kind !== "ReplicaSet") return owner.name;
  const deployment = store.get("ReplicaSet", namespaceOf(pod), owner.name)?.metadata.ownerReferences?.[0];
  return deployment?.name ?? owner.name.replace(/-[^-]+$/, "");
}

function oldestFirst(objects: readonly KubeObject[]): readonly KubeObject[] {
  const age = ({ metadata }: KubeObject): string =>
    `${metadata.creationTimestamp} ${metadata.name} ${metadata.namespace}`;
  return [...objects].sort((a, b) => (age(a) < age(b) ? -1 : 1));
}

function namespaceOf({ metadata }: KubeObject): string {
  return metadata.namespace ?? "default";
}
