/** The controllers and the scheduler. They start once the API server is ready, earlier they would end themselves. */
import { join } from "node:path";
import { NODE_ADDRESS } from "../../addresses.ts";
import { kubeconfigOf } from "../../kubeconfig.ts";
import { answers } from "../../probe.ts";
import { type Daemon, program } from "../part.ts";

/**
 * After an outage of the API the controllers hear of the node's leases up to a minute late. With the usual 50 s they would
 * then call the only node dead and every pod unready: no version would serve.
 */
const NODE_GRACE = "3m";

export const kubeControllerManager: Daemon = {
  name: "kube-controller-manager",
  command: (site) => {
    const pki = (file: string) => join(site.layout.pki, file);
    return [
      program(site, "kubernetes", "kube-controller-manager"),
      `--kubeconfig=${kubeconfigOf(site.layout, "kube-controller-manager")}`,
      `--bind-address=${NODE_ADDRESS}`,
      "--leader-elect=false",
      "--use-service-account-credentials",
      "--allocate-node-cidrs=false",
      `--root-ca-file=${pki("ca.crt")}`,
      `--service-account-private-key-file=${pki("service-accounts.key")}`,
      `--cluster-signing-cert-file=${pki("ca.crt")}`,
      `--cluster-signing-key-file=${pki("ca.key")}`,
      `--node-monitor-grace-period=${NODE_GRACE}`,
    ];
  },
  isReady: () => answers(`https://${NODE_ADDRESS}:10257/healthz`),
};

export const kubeScheduler: Daemon = {
  name: "kube-scheduler",
  command: (site) => [
    program(site, "kubernetes", "kube-scheduler"),
    `--kubeconfig=${kubeconfigOf(site.layout, "kube-scheduler")}`,
    `--bind-address=${NODE_ADDRESS}`,
    "--leader-elect=false",
  ],
  isReady: () => answers(`https://${NODE_ADDRESS}:10259/healthz`),
};
