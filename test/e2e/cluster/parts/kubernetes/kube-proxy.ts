/** What makes Services' addresses lead to pods. */
import { join } from "node:path";
import { LINK_NETWORK, NODE_ADDRESS } from "../../addresses.ts";
import { kubeconfigOf, NODE_NAME } from "../../kubeconfig.ts";
import type { Layout } from "../../layout.ts";
import { answers } from "../../probe.ts";
import { type Daemon, program } from "../part.ts";

const configFile = (layout: Layout) => join(layout.config, "kube-proxy.json");

export const kubeProxy: Daemon = {
  name: "kube-proxy",
  command: (site) => [
    program(site, "kubernetes", "kube-proxy"),
    `--config=${configFile(site.layout)}`,
    `--hostname-override=${NODE_NAME}`,
  ],
  files: ({ layout }) => ({
    [configFile(layout)]: JSON.stringify(kubeProxyConfiguration(layout), null, 2),
  }),
  isReady: () => answers(`http://${NODE_ADDRESS}:10256/livez`),
};

/** KubeProxyConfiguration v1alpha1. Its limits on connections would change the machine's settings: all are left alone. */
export function kubeProxyConfiguration(layout: Layout): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    bindAddress: NODE_ADDRESS,
    healthzBindAddress: `${NODE_ADDRESS}:10256`,
    metricsBindAddress: "127.0.0.1:10249",
    clientConnection: { kubeconfig: kubeconfigOf(layout, "kube-proxy") },
    nodePortAddresses: [LINK_NETWORK],
    conntrack: {
      maxPerCore: 0,
      min: 0,
      tcpEstablishedTimeout: "0s",
      tcpCloseWaitTimeout: "0s",
      udpTimeout: "0s",
      udpStreamTimeout: "0s",
    },
    iptables: { minSyncPeriod: "0s", syncPeriod: "30s" },
  };
}
