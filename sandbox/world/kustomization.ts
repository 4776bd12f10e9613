/** Reads our YAML the way `kubectl apply -k` does, as far as our kustomization files go; anything else in them throws. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import * as z from "zod";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { type Replacement, replace, replacement } from "./replacement.ts";

const kustomization = z.strictObject({
  apiVersion: z.literal("kustomize.config.k8s.io/v1beta1"),
  kind: z.literal("Kustomization"),
  namespace: z.string().optional(),
  resources: z.array(z.string()),
  configurations: z.array(z.string()).default([]),
  replacements: z.array(replacement).default([]),
});

/** What a user writes over the folder's own content before applying it. */
export interface Edits {
  /** In place of the folder's `namespace`. */
  readonly namespace?: string;
  /** Changes objects as they are read, before replacements are made. */
  readonly edit?: (object: KubeObject) => KubeObject;
}

const CLUSTER_SCOPED = new Set([
  "Namespace",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleBinding",
]);
const LOCAL = "config.kubernetes.io/local-config";

/** The objects that applying `folder` would create, in its order. */
export async function readKustomization(folder: string, edits: Edits = {}): Promise<readonly KubeObject[]> {
  const file = join(folder, "kustomization.yaml");
  const settings = kustomization.parse(parse(await readFile(file, "utf8")));
  const edit = edits.edit ?? ((object) => object);
  const objects: KubeObject[] = [];
  for (const resource of settings.resources) {
    const path = join(folder, resource);
    if ((await stat(path)).isDirectory()) objects.push(...(await readKustomization(path, { edit })));
    else objects.push(...(await readObjects(path)).map(edit));
  }
  const namespace = edits.namespace ?? settings.namespace;
  return settings.replacements
    .reduce<readonly KubeObject[]>((all, one: Replacement) => replace(all, one), objects)
    .filter(({ metadata }) => metadata.annotations?.[LOCAL] !== "true")
    .map((object) => (namespace === undefined ? object : inNamespace(object, namespace)));
}

/** Every YAML document of the file. Throws with the file's name when one cannot be read. */
export async function readObjects(path: string): Promise<readonly KubeObject[]> {
  const documents = parseAllDocuments(await readFile(path, "utf8"));
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined)
      throw new Error(`${basename(dirname(path))}/${basename(path)}: ${error.message}`);
    const object: unknown = document.toJS();
    return object === null ? [] : [object as KubeObject];
  });
}

function inNamespace(object: KubeObject, namespace: string): KubeObject {
  if (CLUSTER_SCOPED.has(object.kind)) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}
