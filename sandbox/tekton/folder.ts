/** The folder that stands for the file system of one TaskRun's pod. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "../cluster/json.ts";
import type { Store } from "../cluster/store.ts";
import type { TaskRunSpec, TaskSpec, Volume, WorkspaceBinding } from "./manifest.ts";
import { homeFolder, resultsFolder, volumeFolder, workspaceFolder } from "./places.ts";
import { substituteAll, type Variables } from "./substitution.ts";

/** A new empty folder in `parent`, outside of every other TaskRun's. */
export async function createFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return await mkdtemp(join(parent, "taskrun-"));
}

/**
 * Makes the home, the results, the volumes and the workspaces. Files of secrets have mode 0400.
 * Throws on a Secret or ConfigMap that is not there and not optional.
 */
export async function fillFolder(
  root: string,
  store: Store,
  namespace: string,
  task: TaskSpec,
  spec: TaskRunSpec,
  variables: Variables,
): Promise<void> {
  for (const folder of [resultsFolder(root), homeFolder(root), `${root}/workspace`])
    await mkdir(folder, { recursive: true });
  for (const volume of task.volumes)
    await fill(volumeFolder(root, volume.name), store, namespace, volume, variables);
  for (const binding of spec.workspaces)
    await fill(workspaceFolder(root, binding.name), store, namespace, binding, variables);
}

/** The results that the steps so far have written, of those that the task declares. */
export async function readResults(root: string, task: TaskSpec): Promise<Map<string, string>> {
  const results = new Map<string, string>();
  for (const { name } of task.results) {
    const text = await readFile(join(resultsFolder(root), name), "utf8").catch(() => undefined);
    if (text !== undefined) results.set(name, text);
  }
  return results;
}

/** Removes the folder with everything in it. */
export async function removeFolder(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true });
}

async function fill(
  folder: string,
  store: Store,
  namespace: string,
  volume: Volume | WorkspaceBinding,
  variables: Variables,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { secret, configMap } = volume;
  if (secret !== undefined) {
    const name = substituteAll(secret.secretName, variables, `volume "${volume.name}"`);
    await write(folder, secretFiles(found("Secret", name, secret.optional)), secret.items);
  }
  if (configMap !== undefined) {
    const name = substituteAll(configMap.name, variables, `volume "${volume.name}"`);
    const object = found("ConfigMap", name, configMap.optional);
    await write(folder, textFields(object?.["data"]), configMap.items);
  }

  function found(kind: string, name: string, optional = false): KubeObject | undefined {
    const object = store.get(kind, namespace, name);
    if (object === undefined && !optional)
      throw new Error(`volume "${volume.name}": ${kind} "${namespace}/${name}" not found`);
    return object;
  }
}

function secretFiles(secret: KubeObject | undefined): Map<string, Buffer> {
  const decoded = [...textFields(secret?.["data"])].map(
    ([name, value]) => [name, Buffer.from(value.toString(), "base64")] as const,
  );
  return new Map([...decoded, ...textFields(secret?.["stringData"])]);
}

function textFields(fields: unknown): Map<string, Buffer> {
  const entries = isRecord(fields) ? Object.entries(fields) : [];
  return new Map(entries.map(([name, value]) => [name, Buffer.from(String(value))]));
}

async function write(
  folder: string,
  files: ReadonlyMap<string, Buffer>,
  items: readonly { readonly key: string; readonly path: string }[] | undefined,
): Promise<void> {
  const wanted = items ?? [...files.keys()].map((key) => ({ key, path: key }));
  for (const { key, path } of wanted) {
    const content = files.get(key);
    if (content === undefined) continue;
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode: 0o400 });
  }
}
