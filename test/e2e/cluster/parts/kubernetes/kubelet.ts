/** What runs the node's pods. */
import { join } from "node:path";
import { DOMAIN, NODE_ADDRESS } from "../../addresses.ts";
import { CGROUP } from "../../capsule/cgroups.ts";
import { kubeconfigOf, NODE_NAME } from "../../kubeconfig.ts";
import type { Layout } from "../../layout.ts";
import { answers } from "../../probe.ts";
import { containerdSocket } from "../debian/containerd.ts";
import { type Daemon, program } from "../part.ts";

const configFile = (layout: Layout) => join(layout.config, "kubelet.json");
const resolvFile = (layout: Layout) => join(layout.config, "resolv.conf");

export const kubelet: Daemon = {
  name: "kubelet",
  command: ({ layout, ...site }) => [
    program({ layout, ...site }, "kubernetes", "kubelet"),
    `--config=${configFile(layout)}`,
    `--kubeconfig=${kubeconfigOf(layout, "kubelet")}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_ADDRESS}`,
    `--root-dir=${join(layout.data, "kubelet")}`,
    `--cert-dir=${join(layout.data, "kubelet/pki")}`,
  ],
  files: ({ layout }) => ({
    [configFile(layout)]: JSON.stringify(kubeletConfiguration(layout), null, 2),
    // Nothing outside can be reached, so there is no name server to hand a question on to.
    [resolvFile(layout)]: `nameserver ${NODE_ADDRESS}\n`,
  }),
  isReady: () => answers(`http://${NODE_ADDRESS}:10248/healthz`),
};

/** KubeletConfiguration v1beta1. */
export function kubeletConfiguration(layout: Layout): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: NODE_ADDRESS,
    healthzBindAddress: NODE_ADDRESS,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(layout.pki, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: join(layout.pki, "kubelet-serving.crt"),
    tlsPrivateKeyFile: join(layout.pki, "kubelet-serving.key"),
    // A file that shows a pod's annotations may follow only then, and Tekton's first step waits for one.
    syncFrequency: "5s",
    clusterDomain: DOMAIN,
    clusterDNS: [NODE_ADDRESS],
    resolvConf: resolvFile(layout),
    containerRuntimeEndpoint: `unix://${containerdSocket(layout)}`,
    volumePluginDir: join(layout.data, "kubelet-plugins"),
    podLogsDir: join(layout.data, "pods"),
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${CGROUP}`,
    failCgroupV1: false,
    failSwapOn: false,
    // Images come from archives: what is collected is gone.
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    registryPullQPS: 0,
  };
}
