/** The setting of Tekton's that a restricted namespace needs, and the way back to what it was. */
import { PIPELINE_NAMESPACE } from "../../../sandbox/world/install.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import type { Kubectl } from "./kubectl.ts";

const FLAG = "set-security-context";
const CONFIG_MAP = ["configmap", "feature-flags", "--namespace=tekton-pipelines"];

/** On our namespace: what the flag was, as JSON, null where there was none. An interrupted suite leaves it to the next. */
const FORMER = `tekton-canary.dev/${FLAG}`;

/** Tekton's own containers fit a restricted namespace only when it is told so. Our namespace is there. */
export async function raiseFlag(kubectl: Kubectl): Promise<void> {
  const { data } = JSON.parse(await kubectl(["get", ...CONFIG_MAP, "--output=json"])) as ConfigMap;
  const former = `${FORMER}=${JSON.stringify(data?.[FLAG] ?? null)}`;
  await kubectl(["annotate", "namespace", PIPELINE_NAMESPACE, former]);
  await setFlag(kubectl, "true");
}

/** Puts the flag back as it was when our namespace says that it was changed. */
export async function restoreFlag(kubectl: Kubectl): Promise<void> {
  const found = await kubectl([
    "get",
    "namespace",
    PIPELINE_NAMESPACE,
    "--ignore-not-found",
    "--output=json",
  ]);
  if (found === "") return;
  const former = (JSON.parse(found) as KubeObject).metadata.annotations?.[FORMER];
  if (former !== undefined) await setFlag(kubectl, JSON.parse(former) as string | null);
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}

/** A merge patch with null takes the key away. */
async function setFlag(kubectl: Kubectl, value: string | null): Promise<void> {
  const change = { data: { [FLAG]: value } };
  await kubectl(["patch", ...CONFIG_MAP, "--type=merge", `--patch=${JSON.stringify(change)}`]);
}
