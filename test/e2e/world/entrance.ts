/** The users' way in: a proxy of the mesh that anybody may call, with the Host of the service that is meant. */

import { get } from "node:http";
import type { Entrance } from "../../../sandbox/scenario/world.ts";
import type { KubeObject, Service } from "../../../steps/lib/ports/kinds.ts";
import { bootstrapConfigMap, bootstrapVolume, proxyContainer, SCRAPED } from "../cluster/mesh/proxy-pod.ts";
import { applyObjects, type Kubectl } from "./kubectl.ts";

/** A namespace of its own: what is in the apps' namespaces is theirs. */
export const USERS_NAMESPACE = "canary-users";
const NAME = "users";
const LABELS = { app: NAME };

interface ServicePort {
  readonly port: number;
  readonly targetPort?: number | string;
}

/** The ports of the objects' Services. */
function portsOf(objects: readonly KubeObject[]): readonly ServicePort[] {
  const services = objects.filter((one): one is Service => one.kind === "Service");
  return services.flatMap(({ spec }) => (spec.ports ?? []) as readonly ServicePort[]);
}

/** Where the pods behind the Service listen; Kubernetes' default is the Service's own port. Throws without a Service. */
export function podPort(objects: readonly KubeObject[]): number {
  const [first] = portsOf(objects);
  if (first === undefined) throw new Error("the scenario's cluster has no Service with a port");
  return typeof first.targetPort === "number" ? first.targetPort : first.port;
}

/** Gives the entrance once the proxy listens. Throws when a Service is not among the objects. */
export async function openEntrance(kubectl: Kubectl, objects: readonly KubeObject[]): Promise<Entrance> {
  const services = objects.filter((one): one is Service => one.kind === "Service");
  const port = ({ service, namespace }: { service: string; namespace: string }) => {
    const found = services.find(
      ({ metadata }) => metadata.name === service && metadata.namespace === namespace,
    );
    const first = found?.spec.ports?.[0]?.port;
    if (first === undefined) throw new Error(`the scenario's cluster has no Service ${namespace}/${service}`);
    return first;
  };
  const ports = [...new Set(portsOf(objects).map((one) => one.port))];
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: USERS_NAMESPACE } };
  await applyObjects(kubectl, [namespace, bootstrapConfigMap(USERS_NAMESPACE), sidecar(ports), proxy(ports)]);
  const inUsers = `--namespace=${USERS_NAMESPACE}`;
  await kubectl(["wait", "--for=condition=Available", "--timeout=60s", inUsers, `deployment/${NAME}`]);
  const pod = ["pods", inUsers, `--selector=app=${NAME}`, "-o", "jsonpath={.items[0].status.podIP}"];
  const host = await kubectl(["get", ...pod]);
  return { host, port, servedBy: ({ body }) => deploymentIn(body) };
}

/** The demo app says `<version> from <pod>`; a pod's name is its Deployment's with two parts more. */
export function deploymentIn(body: string): string | undefined {
  return /^\S+ from (\S+)-[a-z0-9]+-[a-z0-9]{5}\b/.exec(body)?.[1];
}

/** Whether a pod of the service answers who comes this way. */
export function answers(
  entrance: Entrance,
  at: { readonly service: string; readonly namespace: string },
): Promise<boolean> {
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
function sidecar(ports: readonly number[]): object {
  const egress = ports.map((number) => ({
    port: { number, protocol: "HTTP", name: `http-${number}` },
    bind: "0.0.0.0",
    captureMode: "NONE",
    hosts: ["*/*"],
  }));
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "Sidecar",
    metadata: { name: NAME, namespace: USERS_NAMESPACE },
    spec: { workloadSelector: { labels: LABELS }, egress },
  };
}

function proxy(ports: readonly number[]): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace: USERS_NAMESPACE },
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
