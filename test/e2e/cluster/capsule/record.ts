/** What `down` has to undo, written down before it is done. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { STATE_FILE, STATE_FOLDER } from "../layout.ts";
import type { ArtefactName, Options } from "../parts/part.ts";

export interface Running {
  readonly phase: "starting" | "up";
  readonly cache: string;
  readonly options: Options;
  readonly folders: Readonly<Record<ArtefactName, string>>;
  /** The machine's settings as they were. */
  readonly settings: Readonly<Record<string, string>>;
  /** Folders that were not there. */
  readonly created: readonly string[];
}

/** The kubelet changes these, and they are the machine's, not the capsule's. */
const SETTINGS = ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops"];

const fileOf = (setting: string) => join("/proc/sys", setting);

export async function readSettings(): Promise<Readonly<Record<string, string>>> {
  const values = await Promise.all(SETTINGS.map((name) => readFile(fileOf(name), "utf8")));
  return Object.fromEntries(SETTINGS.map((name, index) => [name, (values[index] ?? "").trim()]));
}

/** Writes back what differs. */
export async function restoreSettings(settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    const now = (await readFile(fileOf(name), "utf8")).trim();
    if (now !== value) await writeFile(fileOf(name), value);
  }
}

/** The record of the cluster that is there, or was and is not cleaned up. */
export async function readRecord(): Promise<Running | undefined> {
  try {
    return JSON.parse(await readFile(STATE_FILE, "utf8")) as Running;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Put in place at once: whoever is killed meanwhile leaves the old record or the new one. */
export async function writeRecord(record: Running): Promise<void> {
  await mkdir(STATE_FOLDER, { recursive: true });
  const draft = `${STATE_FILE}.draft`;
  await writeFile(draft, JSON.stringify(record, null, 2));
  await rename(draft, STATE_FILE);
}
