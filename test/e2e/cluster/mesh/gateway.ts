/** The ingress gateway: an Envoy of ours under the names that Istio's installation uses. */
import { GATEWAY_SERVICE } from "../addresses.ts";
import { ISTIO_NAMESPACE } from "../parts/istiod/part.ts";
import { bootstrapConfigMap, bootstrapVolume, proxyContainer, SCRAPED } from "./proxy-pod.ts";

export const GATEWAY = "istio-ingressgateway";

/** Gateways of Istio select it by these labels. */
export const GATEWAY_LABELS = { app: GATEWAY, istio: "ingressgateway" } as const;

/** Port of the container behind the Service's port 80: 8080, as a port below 1024 needs rights. */
const PORT = 8080;

/** The objects, in the order in which they are applied. */
export const gatewayObjects: readonly object[] = [
  bootstrapConfigMap(ISTIO_NAMESPACE),
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: GATEWAY, namespace: ISTIO_NAMESPACE, labels: GATEWAY_LABELS },
    spec: {
      clusterIP: GATEWAY_SERVICE,
      selector: GATEWAY_LABELS,
      ports: [{ name: "http", port: 80, targetPort: PORT }],
    },
  },
  {
    // istiod opens the port for the first Gateway that names it. This one answers 404 until users bring theirs.
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "port-80", namespace: ISTIO_NAMESPACE },
    spec: {
      selector: { istio: GATEWAY_LABELS.istio },
      servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["port-80.invalid"] }],
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: GATEWAY, namespace: ISTIO_NAMESPACE, labels: GATEWAY_LABELS },
    spec: {
      replicas: 1,
      selector: { matchLabels: GATEWAY_LABELS },
      template: {
        metadata: { labels: GATEWAY_LABELS, annotations: SCRAPED },
        spec: {
          automountServiceAccountToken: false,
          containers: [proxyContainer("router", GATEWAY, GATEWAY_LABELS, PORT)],
          volumes: [bootstrapVolume],
        },
      },
    },
  },
];
