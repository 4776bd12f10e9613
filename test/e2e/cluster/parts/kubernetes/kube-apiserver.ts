/** The API server, with the audit log that the figures are made from. */
import { join } from "node:path";
import { API_SERVER, NODE_ADDRESS, SERVICE_NETWORK } from "../../addresses.ts";
import type { Layout } from "../../layout.ts";
import { answers } from "../../probe.ts";
import { type Daemon, program } from "../part.ts";

const ISSUER = "https://kubernetes.default.svc.cluster.local";

/** Whose requests are written down: where the bundle puts itself. */
const AUDITED = "tekton-canary";

const policyFile = (layout: Layout) => join(layout.config, "audit-policy.json");

/** In the folder of logs: a line of JSON for each request of the steps, as soon as it is answered. */
export function auditLog(logs: string): string {
  return join(logs, "audit.jsonl");
}

export const kubeApiserver: Daemon = {
  name: "kube-apiserver",
  command: (site) => {
    const pki = (file: string) => join(site.layout.pki, file);
    return [
      program(site, "kubernetes", "kube-apiserver"),
      "--etcd-servers=http://127.0.0.1:2379",
      `--bind-address=${NODE_ADDRESS}`,
      `--advertise-address=${NODE_ADDRESS}`,
      `--service-cluster-ip-range=${SERVICE_NETWORK}`,
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--allow-privileged=true",
      "--endpoint-reconciler-type=lease",
      "--profiling=false",
      `--client-ca-file=${pki("ca.crt")}`,
      `--tls-cert-file=${pki("kube-apiserver.crt")}`,
      `--tls-private-key-file=${pki("kube-apiserver.key")}`,
      `--service-account-issuer=${ISSUER}`,
      `--service-account-signing-key-file=${pki("service-accounts.key")}`,
      `--service-account-key-file=${pki("service-accounts.pub")}`,
      `--kubelet-certificate-authority=${pki("ca.crt")}`,
      `--kubelet-client-certificate=${pki("kubelet-client.crt")}`,
      `--kubelet-client-key=${pki("kubelet-client.key")}`,
      "--kubelet-preferred-address-types=InternalIP,Hostname",
      `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`,
      "--requestheader-allowed-names=front-proxy-client",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-username-headers=X-Remote-User",
      `--proxy-client-cert-file=${pki("front-proxy-client.crt")}`,
      `--proxy-client-key-file=${pki("front-proxy-client.key")}`,
      "--enable-aggregator-routing=true",
      `--audit-policy-file=${policyFile(site.layout)}`,
      `--audit-log-path=${auditLog(site.layout.logs)}`,
      // One file, so that who follows it need not look for the next.
      "--audit-log-maxsize=0",
    ];
  },
  files: ({ layout }) => ({ [policyFile(layout)]: JSON.stringify(auditPolicy(), null, 2) }),
  isReady: () => answers(`${API_SERVER}/readyz`),
};

/** Policy of audit.k8s.io/v1: who asked for what and when, without the objects; nothing of anybody else. */
export function auditPolicy(): object {
  return {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived", "ResponseStarted"],
    rules: [{ level: "Metadata", userGroups: [`system:serviceaccounts:${AUDITED}`] }, { level: "None" }],
  };
}
