/** The users' way into a mesh with sidecar injection: a forwarder of ours, whose sidecar splits the traffic. */
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { type Door, deploymentIn, LABELS, NAME, usersService } from "./entrance.ts";
import type { Ground } from "./ground.ts";
import { FORWARDER_IMAGE } from "./images.ts";
import { applyObjects, type Kubectl } from "./kubectl.ts";
import { portOf, portsOf } from "./service-ports.ts";

/** Gives the entrance once the forwarder and its sidecar are ready; users come to it through a forwarded port each. */
export async function openMeshedEntrance(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  namespace: string,
  reach: Ground["reach"],
): Promise<Door & { close(): Promise<void> }> {
  const ports = portsOf(objects);
  await kubectl(["label", "namespace", namespace, "istio-injection=enabled", "--overwrite"]);
  await applyObjects(kubectl, [usersService(namespace, ports), forwarder(namespace, ports)]);
  const inNamespace = `--namespace=${namespace}`;
  await kubectl(["rollout", "status", "--timeout=120s", inNamespace, `deployment/${NAME}`]);
  const ways = await Promise.all(
    ports.map(async (port) => ({ port, way: await reach(namespace, NAME, port) })),
  );
  const local = new Map(ways.map(({ port, way }) => [port, Number(new URL(way.url).port)]));
  return {
    host: "127.0.0.1",
    address: `${NAME}.${namespace}.svc.cluster.local`,
    port: (at) => local.get(portOf(objects, at)) ?? 0,
    servedBy: ({ body }) => deploymentIn(body),
    restart: () => Promise.reject(new Error("the way in is a forwarded port, which a restart would end")),
    async close() {
      for (const { way } of ways) await way.close();
    },
  };
}

function forwarder(namespace: string, ports: readonly number[]): object {
  const env = [{ name: "PORTS", value: ports.join(",") }];
  const containers = [{ name: NAME, image: FORWARDER_IMAGE, env }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace },
    spec: {
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec: { containers } },
    },
  };
}
