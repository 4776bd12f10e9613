/** What is built or fetched once and then kept: a folder in the cache, named after everything its content follows from. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../progress.ts";

/** Where an artefact is made. */
export interface Workshop {
  /** The cluster's cache folder. */
  readonly cache: string;
  /** The file that gets the output of what runs for this artefact. */
  readonly log: string;
  /** The finished folder of an artefact that this one needs. */
  folder(needed: Artefact): string;
  /** A line for the person who waits. */
  say(line: string): void;
}

export interface Artefact {
  readonly name: string;
  /** Compiling needs the processors, fetching the network: each has its own queue. */
  readonly kind: "compile" | "fetch";
  /** Everything its content follows from, beside what it needs. */
  readonly pins: unknown;
  readonly needs: readonly Artefact[];
  /** Fills an empty folder. */
  make(into: string, workshop: Workshop): Promise<void>;
}

/** The same key as long as the pins of the artefact, and of all that it needs, are the same. */
export function keyOf(artefact: Artefact): string {
  const content = JSON.stringify([artefact.name, artefact.pins, artefact.needs.map(keyOf)]);
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

/** Where an artefact is kept. */
export function folderOf(cache: string, artefact: Artefact): string {
  return join(cache, "parts", `${artefact.name}-${keyOf(artefact)}`);
}

/** Those that are not in the cache yet. */
export function missing(cache: string, artefacts: readonly Artefact[]): readonly Artefact[] {
  return artefacts.filter((artefact) => !existsSync(folderOf(cache, artefact)));
}

/** How many are made at the same time. Two compilers fill the gaps that linking leaves on two processors. */
const AT_ONCE = { compile: 2, fetch: 2 } as const;

/**
 * Makes what is missing, in the order given, each after what it needs. Throws the first failure, as PartFailed, when
 * what runs beside it has ended.
 */
export async function obtain(
  cache: string,
  artefacts: readonly Artefact[],
  progress: Progress,
): Promise<void> {
  await removeDrafts(cache);
  const waiting = [...missing(cache, artefacts)];
  const running = new Map<Artefact, Promise<unknown>>();
  const failures: unknown[] = [];
  const isReady = (artefact: Artefact) => existsSync(folderOf(cache, artefact));
  const start = (artefact: Artefact) => {
    waiting.splice(waiting.indexOf(artefact), 1);
    const made = progress
      .part(artefact.name, () => make(cache, artefact, progress))
      .catch((error: unknown) => failures.push(error))
      .finally(() => running.delete(artefact));
    running.set(artefact, made);
  };
  while (waiting.length + running.size > 0) {
    for (const kind of ["compile", "fetch"] as const) {
      const free = AT_ONCE[kind] - [...running.keys()].filter((one) => one.kind === kind).length;
      if (failures.length > 0) continue;
      waiting
        .filter((one) => one.kind === kind && one.needs.every(isReady))
        .slice(0, free)
        .forEach(start);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failures.length > 0) throw failures[0];
}

async function make(cache: string, artefact: Artefact, progress: Progress): Promise<void> {
  const draft = join(cache, "parts", `.draft-${artefact.name}`);
  const log = join(cache, "build-logs", `${artefact.name}.log`);
  await rm(log, { force: true });
  await mkdir(draft, { recursive: true });
  await artefact.make(draft, {
    cache,
    log,
    folder: (needed) => folderOf(cache, needed),
    say: progress.say,
  });
  await rename(draft, folderOf(cache, artefact));
}

/** What an interrupted `up` left half done. */
async function removeDrafts(cache: string): Promise<void> {
  const parts = join(cache, "parts");
  await mkdir(parts, { recursive: true });
  for (const name of await readdir(parts)) {
    if (name.startsWith(".draft-")) await rm(join(parts, name), { recursive: true, force: true });
  }
}
