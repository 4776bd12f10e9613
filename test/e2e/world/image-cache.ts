/** The suite's own cache: what was made once is kept as long as suites use it. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder } from "../cluster/layout.ts";

/** Begins the name of what is not finished. */
const DRAFT = ".draft-";

const HOUR_MS = 3_600_000;
/** After this time without use a thing goes; a draft that is not finished by then was interrupted. */
const KEPT_MS = 14 * 24 * HOUR_MS;
const DRAFT_KEPT_MS = HOUR_MS;

/** `$XDG_CACHE_HOME/tekton-canary/e2e`. */
export function imageCache(environment: NodeJS.ProcessEnv = process.env): string {
  return join(dirname(cacheFolder(environment)), "e2e");
}

export interface Kept {
  readonly name: string;
  /** In ms since 1970. */
  readonly usedAt: number;
}

/** Names of what nobody has used for too long; `now` is in ms since 1970. */
export function unused(all: readonly Kept[], now: number): readonly string[] {
  return all
    .filter(({ name, usedAt }) => now - usedAt > (name.startsWith(DRAFT) ? DRAFT_KEPT_MS : KEPT_MS))
    .map(({ name }) => name);
}

/** Makes the cache when there is none, and removes what nobody uses any more. */
export async function prune(cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const names = await readdir(cache);
  const all = names.map(async (name) => ({ name, usedAt: (await stat(join(cache, name))).mtimeMs }));
  for (const name of unused(await Promise.all(all), Date.now())) {
    await rm(join(cache, name), { recursive: true, force: true });
  }
}

/** Notes that a file or folder of the cache is used now. */
export async function markUsed(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

/**
 * Makes what is not in the cache, and notes that it is used. `make` is given an empty folder, and tells where in it the file
 * or folder is that is then put in place at once.
 */
export async function kept(path: string, make: (draft: string) => Promise<string>): Promise<string> {
  if (!existsSync(path)) {
    const draft = await mkdtemp(join(dirname(path), DRAFT));
    try {
      await rename(await make(draft), path);
    } finally {
      await rm(draft, { recursive: true });
    }
  }
  await markUsed(path);
  return path;
}

/** A short name for everything that something follows from. */
export function hashOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 16);
}
