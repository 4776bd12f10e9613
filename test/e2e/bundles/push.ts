/** Puts our Tasks and our Pipeline into a registry as one Tekton bundle. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { run } from "../cluster/command.ts";
import { objectStream } from "../cluster/install/manifests.ts";
import type { Kubectl } from "../world/kubectl.ts";
import { bundled } from "./bundle.ts";

const PUSH_LIMIT_MS = 60_000;

export interface Push {
  /** The program. */
  readonly tkn: string;
  readonly kubectl: Kubectl;
  /** `host:port`; a private address is asked by plain HTTP when it has no TLS, by `tkn` as by the resolver. */
  readonly registry: string;
  /** The repository's root folder. */
  readonly root: string;
}

/** Bundles what `kubectl apply -k config` would install; gives the reference. Throws CommandFailed. */
export async function pushBundle({ tkn, kubectl, registry, root }: Push): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const reference = `${registry}/tekton-canary/canary-release:${version}`;
  const objects = objectsIn(await kubectl(["kustomize", join(root, "config")]));
  const input = objectStream(bundled(objects, reference));
  await run(tkn, ["bundle", "push", reference, "--filenames=-"], { input, timeoutMs: PUSH_LIMIT_MS });
  return reference;
}

function objectsIn(text: string): readonly KubeObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}
