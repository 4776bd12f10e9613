/** Envoy in a pod: the gateway, and the proxy beside a client in the mesh. */
import { imageName } from "../images/names.ts";
import { bootstrap, node, STATS_PORT } from "./bootstrap.ts";

export const BOOTSTRAP_CONFIG_MAP = "envoy-bootstrap";

/** The ConfigMap that proxies of a namespace start from. */
export function bootstrapConfigMap(namespace: string): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: BOOTSTRAP_CONFIG_MAP, namespace },
    data: { "envoy.json": JSON.stringify(bootstrap(), null, 2) },
  };
}

/** Annotations of a pod with such a container: Prometheus finds its counters by them. */
export const SCRAPED = {
  "prometheus.io/scrape": "true",
  "prometheus.io/port": String(STATS_PORT),
  "prometheus.io/path": "/stats/prometheus",
};

/** The volume that the container mounts. */
export const bootstrapVolume = { name: "envoy", configMap: { name: BOOTSTRAP_CONFIG_MAP } };

/** The container; it fits the `restricted` pod security level. `readyPort` is the one that users' requests come to. */
export function proxyContainer(
  role: "router" | "sidecar",
  workload: string,
  labels: Readonly<Record<string, string>>,
  readyPort?: number,
): object {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return {
    name: "envoy",
    image: imageName("envoy"),
    command: ["/usr/local/bin/envoy"],
    args: [
      "--config-path",
      "/etc/envoy/envoy.json",
      "--concurrency",
      "1",
      "--disable-hot-restart",
      "--log-level",
      "warning",
      "--config-yaml",
      JSON.stringify({ node: node(role, workload, labels) }),
    ],
    env: [
      field("IP", "status.podIP"),
      field("POD", "metadata.name"),
      field("NAMESPACE", "metadata.namespace"),
    ],
    ports: [{ name: "stats", containerPort: STATS_PORT }],
    volumeMounts: [{ name: "envoy", mountPath: "/etc/envoy", readOnly: true }],
    // Every request goes through it: it must not wait for what else the machine does.
    resources: { requests: { cpu: "50m" } },
    // An Envoy that istiod's answer does not suit is well, and listens nowhere: only the traffic port tells.
    ...(readyPort === undefined
      ? {}
      : { readinessProbe: { tcpSocket: { port: readyPort }, periodSeconds: 1 } }),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}
