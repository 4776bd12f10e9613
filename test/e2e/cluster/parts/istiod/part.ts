/** What turns VirtualServices and DestinationRules into the proxies' configuration. */
import { join } from "node:path";
import { DOMAIN, NODE_ADDRESS } from "../../addresses.ts";
import type { Artefact } from "../../artefacts/artefact.ts";
import { goPrograms } from "../../artefacts/go-programs.ts";
import { kubeconfigOf } from "../../kubeconfig.ts";
import type { Layout } from "../../layout.ts";
import { answers } from "../../probe.ts";
import { type Daemon, program, sources } from "../part.ts";

export const ISTIO_VERSION = "1.31.0";
export const ISTIO_NAMESPACE = "istio-system";

/** Where proxies ask for their configuration, in plain text. */
export const DISCOVERY = { address: NODE_ADDRESS, port: 15010 } as const;

const meshFile = (layout: Layout) => join(layout.config, "mesh.json");
const scratchFolder = (layout: Layout) => join(layout.data, "istiod");

export const istiodProgram = (root: string): Artefact =>
  goPrograms({
    name: "istiod",
    folder: sources(root, "istiod"),
    programs: { "pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery" },
    variables: {
      "istio.io/istio/pkg/version.buildVersion": ISTIO_VERSION,
      "istio.io/istio/pkg/version.buildStatus": "Clean",
    },
    copies: [
      ["istio.io/istio", "manifests/charts/base/files/crd-all.gen.yaml", "crds/istio.yaml"],
      ["sigs.k8s.io/gateway-api", "config/crd/standard", "crds/gateway-api"],
    ],
  });

/** A process instead of a pod. Upstream's Envoy lacks Istio's own extensions: none of them may be configured. */
export const istiod: Daemon = {
  name: "istiod",
  command: (site) => [
    program(site, "istiod", "pilot-discovery"),
    "discovery",
    `--kubeconfig=${kubeconfigOf(site.layout, "istiod")}`,
    `--meshConfig=${meshFile(site.layout)}`,
    `--grpcAddr=${DISCOVERY.address}:${DISCOVERY.port}`,
    `--httpAddr=${NODE_ADDRESS}:8080`,
    `--monitoringAddr=${NODE_ADDRESS}:15014`,
    `--domain=${DOMAIN}`,
  ],
  environment: ({ layout }) => ({
    POD_NAMESPACE: ISTIO_NAMESPACE,
    POD_NAME: "istiod-0",
    REVISION: "default",
    CLUSTER_ID: "Kubernetes",
    PILOT_ENABLE_METADATA_EXCHANGE: "false",
    PILOT_ENABLE_ALPN_FILTER: "false",
    PILOT_DISABLE_MX_ALPN: "true",
    INJECTION_WEBHOOK_CONFIG_NAME: "",
    VALIDATION_WEBHOOK_CONFIG_NAME: "",
    HOME: scratchFolder(layout),
    TMPDIR: scratchFolder(layout),
  }),
  files: ({ layout }) => ({
    [meshFile(layout)]: JSON.stringify(meshConfig(), null, 2),
    [join(scratchFolder(layout), "README")]: "istiod's own folder\n",
  }),
  isReady: () => answers(`http://${NODE_ADDRESS}:8080/ready`),
};

/** MeshConfig; JSON is YAML. */
export function meshConfig(): object {
  return {
    rootNamespace: ISTIO_NAMESPACE,
    trustDomain: DOMAIN,
    enableAutoMtls: false,
    defaultConfig: { discoveryAddress: `${DISCOVERY.address}:${DISCOVERY.port}` },
  };
}
