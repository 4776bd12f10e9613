/** The cgroup that every pod is under, in each of the machine's hierarchies. */
import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { NAME } from "../layout.ts";
import { until } from "../waiting.ts";

/** Name of the cgroup: the kubelet's root, and nobody else's. */
export const CGROUP = NAME;

/**
 * The folders of the hierarchies in /proc/mounts: all of version 1 if the machine has any, which then hold the
 * controllers, and the one of version 2, where a runtime makes groups in any case.
 */
export function hierarchies(mounts: string): readonly string[] {
  return mounts
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, , type]) => type === "cgroup" || type === "cgroup2")
    .map(([, folder = ""]) => folder);
}

export async function createCgroups(): Promise<void> {
  for (const folder of await ours()) await mkdir(folder, { recursive: true });
}

/** Removes what is left of them. Their processes may need a moment to be gone after they were killed. */
export async function removeCgroups(): Promise<void> {
  for (const folder of await ours()) {
    await until(`cgroup ${folder} can be removed`, () => removeTree(folder), { timeoutMs: 20_000 });
  }
}

async function ours(): Promise<readonly string[]> {
  return hierarchies(await readFile("/proc/mounts", "utf8")).map((folder) => join(folder, CGROUP));
}

/** A cgroup is removed after those in it; its files are no files. True when it is gone. */
async function removeTree(folder: string): Promise<boolean> {
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await removeTree(join(folder, entry.name));
    }
    await rmdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return true;
}
