/** The kubeconfig of one process. */
import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";

export interface KubeconfigOptions {
  readonly url: string;
  readonly token: string;
  /** The namespace of kubectl's commands. */
  readonly namespace: string;
}

/** A kubeconfig as text. Clients refuse plain http unless TLS verification is off. */
export function kubeconfig({ url, token, namespace }: KubeconfigOptions): string {
  const name = "sandbox";
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: url, "insecure-skip-tls-verify": true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    "current-context": name,
  });
}

/** Writes it where only this user can read it. */
export async function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  await writeFile(path, kubeconfig(options), { mode: 0o600 });
}
