/** A caller inside the mesh without injection: it calls a proxy of its own on loopback. */
import { bootstrapConfigMap, bootstrapVolume, proxyContainer, SCRAPED } from "./proxy-pod.ts";

/** The port on 127.0.0.1 that the application calls, with the Host header of the service that it means. */
export const CLIENT_PORT = 8080;

/** What a namespace needs, once for each workload: the proxies' bootstrap, and what they listen to. */
export function clientProxyObjects(
  namespace: string,
  workload: string,
  labels: Readonly<Record<string, string>>,
) {
  return [
    bootstrapConfigMap(namespace),
    {
      apiVersion: "networking.istio.io/v1",
      kind: "Sidecar",
      metadata: { name: workload, namespace },
      spec: {
        workloadSelector: { labels },
        egress: [
          {
            port: { number: CLIENT_PORT, protocol: "HTTP", name: "http" },
            bind: "127.0.0.1",
            captureMode: "NONE",
            hosts: ["./*"],
          },
        ],
      },
    },
  ];
}

/** What the workload's pod template needs: a container, a volume and annotations. */
export function clientProxyTemplate(workload: string, labels: Readonly<Record<string, string>>) {
  return {
    container: proxyContainer("sidecar", workload, labels),
    volume: bootstrapVolume,
    annotations: SCRAPED,
  };
}
