/** Objects and pods for the mesh's tests: a store, and small real servers that stand for the pods. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import type { Store } from "../../../sandbox/cluster/store.ts";
import { AT_ONCE, type Delays } from "../../../sandbox/mesh/delivery.ts";
import { type Gateway, startGateway } from "../../../sandbox/mesh/gateway.ts";
import type { PodAddress } from "../../../sandbox/mesh/upstream.ts";
import type { KubeObject, Pod } from "../../../steps/lib/ports/kinds.ts";

export const NAMESPACE = "shop";
export const HOST = "web.shop.svc.cluster.local";

export interface MeshWorld {
  readonly store: Store;
  readonly problems: string[];
  gateway: Gateway;
  /** A Service `web` on port 80 for pods with `app: web`, unless told otherwise. */
  service(name?: string, selector?: Readonly<Record<string, string>>): void;
  /** A ready pod of a Deployment, served by `listener`; answers its Deployment's name unless told otherwise. */
  pod(
    deployment: string,
    labels?: Readonly<Record<string, string>>,
    listener?: RequestListener,
  ): Promise<Pod>;
  /** Nobody listens at the pod's address any more. */
  unplug(pod: KubeObject): Promise<void>;
  virtualService(name: string, spec: object, createdAt?: number): void;
  destinationRule(name: string, spec: object): void;
  close(): Promise<void>;
}

export interface MeshWorldOptions {
  /** Changes take effect with the next request unless set. */
  readonly delays?: Delays;
  /** The port of their own that pods listen on; whichever they are asked on unless set. */
  readonly podPort?: number;
}

/** Empty but for the Service `web`. */
export async function createMeshWorld(
  random: () => number = Math.random,
  { delays = AT_ONCE, podPort }: MeshWorldOptions = {},
): Promise<MeshWorld> {
  let now = Date.UTC(2030, 0, 1);
  let serial = 0;
  const store = createStore({ now: () => now });
  const problems: string[] = [];
  const addresses = new Map<string, PodAddress>();
  const servers = new Map<string, Server>();
  const gateway = await startGateway({
    store,
    random,
    delays,
    address: ({ metadata }, port) =>
      podPort === undefined || podPort === port ? addresses.get(metadata.name) : undefined,
    onProblem: (problem) => problems.push(problem),
  });
  const metadata = (name: string, more: object = {}) => ({ name, namespace: NAMESPACE, ...more });
  const owned = (kind: string, name: string) => ({
    ownerReferences: [{ apiVersion: "apps/v1", kind, name, uid: `uid-of-${name}`, controller: true }],
  });
  const istio = "networking.istio.io/v1beta1";

  const world: MeshWorld = {
    store,
    problems,
    gateway,
    service(name = "web", selector = { app: "web" }) {
      const spec = { selector, ports: [{ port: 80 }] };
      store.create({ apiVersion: "v1", kind: "Service", metadata: metadata(name), spec });
    },
    async pod(
      deployment,
      labels = { version: deployment },
      listener = (_, response) => response.end(deployment),
    ) {
      const server = createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const set = `${deployment}-5d4f`;
      if (store.get("ReplicaSet", NAMESPACE, set) === undefined)
        store.create({
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          metadata: metadata(set, owned("Deployment", deployment)),
        });
      serial += 1;
      const name = `${set}-${serial}`;
      servers.set(name, server);
      addresses.set(name, { host: "127.0.0.1", port: (server.address() as AddressInfo).port });
      store.create<KubeObject>({
        apiVersion: "v1",
        kind: "Pod",
        metadata: metadata(name, { labels: { app: "web", ...labels }, ...owned("ReplicaSet", set) }),
        spec: {},
      });
      return store.patch<Pod>("Pod", NAMESPACE, name, readiness(true), { subresource: "status" });
    },
    unplug: ({ metadata: { name } }) => stop(servers.get(name)),
    virtualService(name, spec, createdAt = now) {
      now = createdAt;
      store.create<KubeObject>({ apiVersion: istio, kind: "VirtualService", metadata: metadata(name), spec });
    },
    destinationRule(name, spec) {
      store.create<KubeObject>({
        apiVersion: istio,
        kind: "DestinationRule",
        metadata: metadata(name),
        spec,
      });
    },
    async close() {
      await world.gateway.close();
      await Promise.all([...servers.values()].map(stop));
    },
  };
  world.service();
  return world;
}

async function stop(server: Server | undefined): Promise<void> {
  if (server?.listening !== true) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

/** Something to wait for until somebody opens it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A status patch. */
export function readiness(ready: boolean): object {
  return { status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] } };
}

/** Routes `web` to subsets by weight; each subset selects by the label `version`. */
export function split(world: MeshWorld, weights: Readonly<Record<string, number>>): void {
  const route = Object.entries(weights).map(([subset, weight]) => ({
    destination: { host: "web", subset },
    weight,
  }));
  world.virtualService("web", { hosts: [HOST], http: [{ route }] });
  const subsets = Object.keys(weights).map((name) => ({ name, labels: { version: name } }));
  world.destinationRule("web", { host: "web", subsets });
}
