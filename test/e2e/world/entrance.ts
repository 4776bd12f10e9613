/** The users' way in: a proxy of the mesh that anybody may call, with the Host of the service that is meant. */

import { get } from "node:http";
import type { Entrance } from "../../../sandbox/scenario/world.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { bootstrapConfigMap, bootstrapVolume, proxyContainer, SCRAPED } from "../cluster/mesh/proxy-pod.ts";
import { applyObjects, type Kubectl } from "./kubectl.ts";
import { type At, portOf, portsOf } from "./service-ports.ts";

/** Of its Service and its Deployment. */
export const NAME = "users";
export const LABELS = { app: NAME };

export interface Door extends Entrance {
  /** Ends the proxy without a word, and returns when its successor listens. */
  restart(): Promise<void>;
  /** Where pods find it. */
  readonly address: string;
}

/** Gives the entrance once the proxy listens, in a namespace of its own: what is in the apps' namespaces is theirs. */
export async function openEntrance(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  namespace: string,
): Promise<Door> {
  const ports = portsOf(objects);
  const inNamespace = `--namespace=${namespace}`;
  await applyObjects(kubectl, [
    bootstrapConfigMap(namespace),
    sidecar(namespace, ports),
    usersService(namespace, ports),
    proxy(namespace, ports),
  ]);
  const available = async () => {
    await kubectl(["rollout", "status", "--timeout=60s", inNamespace, `deployment/${NAME}`]);
  };
  await available();
  const host = await kubectl(["get", "service", NAME, inNamespace, "-o", "jsonpath={.spec.clusterIP}"]);
  return {
    host,
    address: host,
    port: (at) => portOf(objects, at),
    servedBy: ({ body }) => deploymentIn(body),
    async restart() {
      const now = ["--grace-period=0", "--force", "--wait=true"];
      await kubectl(["delete", "pod", inNamespace, `--selector=app=${NAME}`, ...now]);
      await available();
    },
  };
}

/** The demo app says `<version> from <pod>`; a pod's name is its Deployment's with two parts more. */
export function deploymentIn(body: string): string | undefined {
  return /^\S+ from (\S+)-[a-z0-9]+-[a-z0-9]{5}\b/.exec(body)?.[1];
}

/** Whether a pod of the service answers who comes this way. */
export function reaches(entrance: Entrance, at: At): Promise<boolean> {
  const url = `http://${entrance.host}:${entrance.port(at)}/healthz`;
  const headers = { host: `${at.service}.${at.namespace}.svc.cluster.local` };
  return new Promise((resolve) => {
    get(url, { headers, signal: AbortSignal.timeout(2000) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", () => resolve(false));
  });
}

/** A listener for each port, as a proxy knows only the services that have its listener's port. */
function sidecar(namespace: string, ports: readonly number[]): object {
  const egress = ports.map((number) => ({
    port: { number, protocol: "HTTP", name: `http-${number}` },
    bind: "0.0.0.0",
    captureMode: "NONE",
    hosts: ["*/*"],
  }));
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "Sidecar",
    metadata: { name: NAME, namespace },
    spec: { workloadSelector: { labels: LABELS }, egress },
  };
}

/** Users know one address, whichever pod listens there. */
export function usersService(namespace: string, ports: readonly number[]): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: NAME, namespace },
    spec: { selector: LABELS, ports: ports.map((port) => ({ name: `http-${port}`, port })) },
  };
}

function proxy(namespace: string, ports: readonly number[]): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS, annotations: SCRAPED },
        spec: {
          automountServiceAccountToken: false,
          containers: [proxyContainer("sidecar", NAME, LABELS, ports[0])],
          volumes: [bootstrapVolume],
        },
      },
    },
  };
}
