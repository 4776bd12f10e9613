/** The cluster as the suite and the command line use it. */
import { mkdir, rm } from "node:fs/promises";
import { NETWORK } from "./addresses.ts";
import { artefactsOf } from "./artefacts/all.ts";
import { type Artefact, folderOf, missing, obtain } from "./artefacts/artefact.ts";
import { foldersToCreate, removeCreated, stopCapsule } from "./capsule/capsule.ts";
import { removeCgroups } from "./capsule/cgroups.ts";
import { endDaemon, isRunning, startDaemon } from "./capsule/daemons.ts";
import { type Running, readRecord, readSettings, restoreSettings, writeRecord } from "./capsule/record.ts";
import { importImages as importInto } from "./images/import.ts";
import { cacheFolder, layoutOf, STATE_FOLDER } from "./layout.ts";
import { endOther, holdLock } from "./lock.ts";
import { lookAtMachine, programsOf } from "./machine/look.ts";
import { lacks, missingPrograms } from "./machine/report.ts";
import { DAEMONS } from "./parts/daemons.ts";
import type { ArtefactName, Daemon, Options, Site } from "./parts/part.ts";
import { type Progress, progress } from "./progress.ts";
import { allRun, describe, running, type State, siteOf } from "./running.ts";
import { start } from "./start.ts";

export { OtherAtWork } from "./lock.ts";
export { differences, lookForTraces, type Traces } from "./machine/traces.ts";
export type { Options } from "./parts/part.ts";
export type { State } from "./running.ts";

/** The machine cannot do it: what is missing, each with its cure. */
export class MachineLacks extends Error {
  override readonly name = "MachineLacks";
  readonly missing: readonly string[];

  constructor(missing: readonly string[], what = "run the cluster") {
    super(`This machine cannot ${what}:\n${missing.map((line) => `  - ${line}`).join("\n")}`);
    this.missing = missing;
  }
}

export interface UpOptions extends Partial<Options> {
  /** Gets a line per part; nothing is printed without. */
  readonly report?: (line: string) => void;
  /**
   * Called when this process, and no other, begins a cluster: nothing of one is on the machine, and from now on `down` is
   * its to call. Not called when a cluster is up.
   */
  readonly onBegin?: () => Promise<void> | void;
}

/**
 * Builds what is missing in the cache and starts the cluster; one that is up is left as it is. `root` is the
 * repository's folder. Throws MachineLacks or OtherAtWork before anything starts, or PartFailed; then `down` cleans up.
 */
export async function up(root: string, { report, onBegin, ...options }: UpOptions = {}): Promise<State> {
  const says: Progress = progress(report ?? (() => undefined));
  const cache = cacheFolder();
  const there = await state();
  if (there !== undefined) return there;
  const artefacts = artefactsOf(root);
  const toMake = missing(cache, Object.values(artefacts));
  const found = lacks(await lookAtMachine(root, cache, toMake.length > 0), {
    building: toMake.length > 0,
    network: NETWORK,
  });
  if (found.length > 0) throw new MachineLacks(found);
  const release = await holdLock();
  try {
    // Whoever had the lock until now may have started one.
    const meanwhile = await state();
    if (meanwhile !== undefined) return meanwhile;
    const before = await readRecord();
    if (before !== undefined) {
      says.say("  A cluster that was not ended is cleaned up first.");
      await cleanUp(before);
    }
    await onBegin?.();
    await obtain(cache, Object.values(artefacts), says);
    const record = await prepare(cache, artefacts, { scrapeIntervalSeconds: 5, ...options });
    await start(siteOf(record), says);
    const done: Running = { ...record, phase: "up" };
    await writeRecord(done);
    return await describe(done);
  } finally {
    await release();
  }
}

/** Names of the parts that `up` would have to build or download. */
export async function toBuild(root: string): Promise<readonly string[]> {
  return missing(cacheFolder(), Object.values(artefactsOf(root))).map(({ name }) => name);
}

/** Ends the cluster, or what is left of one, wherever `up` was interrupted. What was built stays in the cache. */
export async function down(): Promise<void> {
  await endOther();
  await cleanUp(await readRecord());
}

/** Where the cluster answers; undefined when there is none of which every part runs. */
export async function state(): Promise<State | undefined> {
  const found = await whatRuns();
  return found !== undefined && allRun(found) ? found : undefined;
}

/** The same of a cluster that was up and has lost parts. */
export async function whatRuns(): Promise<State | undefined> {
  const record = await readRecord();
  return record?.phase === "up" ? describe(record) : undefined;
}

/** Throws MachineLacks when a program is missing; `what` it is needed for ends the sentence "This machine cannot". */
export async function needPrograms(names: readonly string[], what: string): Promise<void> {
  const missing = missingPrograms(names, await programsOf(names));
  if (missing.length > 0) throw new MachineLacks(missing, what);
}

/** Starts a daemon that was ended, and waits until it is ready. */
export async function startPart(name: string): Promise<void> {
  const { site, daemon } = await partOf(name);
  if (await isRunning(site, daemon)) return;
  await startDaemon(site, daemon);
}

/** Ends a daemon by SIGTERM, and waits until it is gone. */
export async function stopPart(name: string): Promise<void> {
  const { site, daemon } = await partOf(name);
  await endDaemon(site, daemon, "SIGTERM");
}

/** Ends a daemon by SIGKILL. */
export async function killPart(name: string): Promise<void> {
  const { site, daemon } = await partOf(name);
  await endDaemon(site, daemon, "SIGKILL");
}

/** Imports OCI or Docker archives into the runtime, for pods to use by the names written in them. */
export async function importImages(archives: readonly string[]): Promise<void> {
  await importInto(siteOf(await running()), archives);
}

/** What is written down before anything of the machine changes. */
async function prepare(
  cache: string,
  artefacts: Readonly<Record<ArtefactName, Artefact>>,
  options: Options,
): Promise<Running> {
  const folders = Object.entries(artefacts).map(([name, artefact]) => [name, folderOf(cache, artefact)]);
  const record: Running = {
    phase: "starting",
    cache,
    options,
    folders: Object.fromEntries(folders) as Record<ArtefactName, string>,
    settings: await readSettings(),
    created: foldersToCreate(),
  };
  await writeRecord(record);
  await mkdir(layoutOf(cache).data, { recursive: true });
  return record;
}

async function cleanUp(record: Running | undefined): Promise<void> {
  await stopCapsule();
  await removeCgroups();
  if (record === undefined) return;
  await restoreSettings(record.settings);
  await removeCreated(record.created);
  await rm(layoutOf(record.cache).data, { recursive: true, force: true });
  await rm(STATE_FOLDER, { recursive: true, force: true });
}

async function partOf(name: string): Promise<{ readonly site: Site; readonly daemon: Daemon }> {
  const daemon = DAEMONS.find((one) => one.name === name);
  if (daemon === undefined) {
    throw new Error(`There is no part ${name}; there are ${DAEMONS.map((one) => one.name).join(", ")}.`);
  }
  return { site: siteOf(await running()), daemon };
}
