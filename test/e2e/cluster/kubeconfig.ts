/** Who the clients of the API server are, and the files that they log in with. */
import { join } from "node:path";
import { API_SERVER, NODE_ADDRESS } from "./addresses.ts";
import { type Layout, NAME } from "./layout.ts";

export const NODE_NAME = NAME;

export interface Client {
  /** Subject of its certificate. */
  readonly subject: string;
}

/** Every client by the name of its files. */
export const CLIENTS = {
  admin: { subject: "/O=system:masters/CN=admin" },
  "kube-controller-manager": { subject: "/CN=system:kube-controller-manager" },
  "kube-scheduler": { subject: "/CN=system:kube-scheduler" },
  "kube-proxy": { subject: "/CN=system:kube-proxy" },
  kubelet: { subject: `/O=system:nodes/CN=system:node:${NODE_NAME}` },
  coredns: { subject: "/CN=coredns" },
  prometheus: { subject: "/CN=prometheus" },
  // istiod outside of a pod has no service account, and its chart's roles name one.
  istiod: { subject: "/O=system:masters/CN=istiod" },
} as const satisfies Record<string, Client>;

export type ClientName = keyof typeof CLIENTS;

/** Where a client's kubeconfig is. */
export function kubeconfigOf(layout: Layout, client: ClientName): string {
  return join(layout.config, `${client}.kubeconfig`);
}

/** A kubeconfig with the certificates in it, so that the file can be copied elsewhere. PEM texts in. */
export function kubeconfig(pem: {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": NAME,
      contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
      clusters: [
        { name: NAME, cluster: { server: API_SERVER, "certificate-authority-data": base64(pem.ca) } },
      ],
      users: [
        {
          name: NAME,
          user: {
            "client-certificate-data": base64(pem.certificate),
            "client-key-data": base64(pem.key),
          },
        },
      ],
    },
    null,
    2,
  );
}

/** The cluster's reading clients that have no roles of their own in Kubernetes. */
export const READERS = [
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "tekton-canary-cluster-reader" },
    rules: [
      {
        apiGroups: [""],
        resources: ["endpoints", "services", "pods", "namespaces", "nodes"],
        verbs: ["get", "list", "watch"],
      },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "tekton-canary-cluster-reader" },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "tekton-canary-cluster-reader",
    },
    subjects: (["coredns", "prometheus"] as const).map((name) => ({
      apiGroup: "rbac.authorization.k8s.io",
      kind: "User",
      name,
    })),
  },
];

/** Names that a server's certificate is for. */
export const API_SERVER_NAMES = [
  "DNS:kubernetes",
  "DNS:kubernetes.default",
  "DNS:kubernetes.default.svc",
  "DNS:kubernetes.default.svc.cluster.local",
  "IP:127.0.0.1",
  `IP:${NODE_ADDRESS}`,
];
