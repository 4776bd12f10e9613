/** What Kubernetes and Istio put into every namespace: ConfigMaps that are no part of any release. */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "../cluster/store.ts";

/** The name of each, and of its key. */
const CERTIFICATES = {
  "kube-root-ca.crt": "ca.crt",
  "istio-ca-root-cert": "root-cert.pem",
  "istio-ca-crl": "ca-crl.pem",
} as const;

export const EVERYWHERE: readonly string[] = Object.keys(CERTIFICATES);

export function isInEveryNamespace({ kind, metadata }: KubeObject): boolean {
  return kind === "ConfigMap" && EVERYWHERE.includes(metadata.name);
}

/** Puts them into each namespace when it gets its first object. */
export function fillNamespaces(store: Store): void {
  const filled = new Set<string>();
  store.watch(({ object }) => {
    const { namespace } = object.metadata;
    if (namespace === undefined || filled.has(namespace)) return;
    filled.add(namespace);
    for (const [name, key] of Object.entries(CERTIFICATES))
      store.create<KubeObject>({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace },
        data: { [key]: "" },
      });
  });
}
