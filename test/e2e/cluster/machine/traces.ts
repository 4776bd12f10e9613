/** What a cluster could leave on a machine, to compare before it was started with after it was ended. */
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { COVERED } from "../capsule/capsule.ts";
import { CGROUP, hierarchies } from "../capsule/cgroups.ts";
import { allProcesses, MARK, PART } from "../capsule/processes.ts";
import { readSettings } from "../capsule/record.ts";
import { cacheFolder, LINK, layoutOf, NAME } from "../layout.ts";

/** By kind; each a list of what there is. */
export type Traces = Readonly<Record<string, readonly string[]>>;

/** Where a cluster and the suite write, beside the folders that every cluster uses. */
export interface Places {
  /** The cluster's and the suite's. */
  readonly caches: string;
  readonly temporary: string;
}

/** What the names of temporary folders begin with: a scenario's, a browser's. */
const TEMPORARY = ["sandbox-", "browser-"];

/** Reads the machine, changes nothing. */
export async function lookForTraces(): Promise<Traces> {
  const mounts = await readFile("/proc/mounts", "utf8");
  const settings = Object.entries(await readSettings());
  const { cache, data } = layoutOf(cacheFolder());
  const places = { caches: dirname(cache), temporary: tmpdir() };
  const folders = [
    ...new Set(["/run", ...COVERED, ...COVERED.map((folder) => dirname(folder)), places.temporary]),
  ];
  const there = {
    process: await clusterProcesses(),
    mount: mounts.split("\n").map((line) => line.split(" ").slice(0, 3).join(" ")),
    link: await entries("/sys/class/net"),
    route: (await readFile("/proc/net/route", "utf8")).split("\n").map((line) => line.trim()),
    cgroup: (await Promise.all(hierarchies(mounts).map(entries))).flat(),
    setting: settings.map(([name, value]) => `${name} = ${value}`),
    file: [
      ...(await Promise.all(folders.map(entries))).flat(),
      // All else in the cache is meant to stay.
      ...(await entries(cache)).filter((file) => file === data),
    ],
  };
  return couldBeOurs(there, places);
}

/** Without what a login, a container runtime or a network of the user's adds meanwhile. Pure. */
export function couldBeOurs(all: Traces, { caches, temporary }: Places): Traces {
  const mayMount = [caches, ...COVERED];
  const isOurs: Readonly<Record<string, (one: string) => boolean>> = {
    mount: (line) => mayMount.some((folder) => isIn(folder, line.split(" ")[1] ?? "")),
    link: (path) => basename(path).startsWith(NAME),
    route: (line) => line.startsWith(LINK),
    cgroup: (path) => basename(path) === CGROUP,
    file: (path) =>
      basename(path).startsWith(NAME) ||
      isIn(caches, path) ||
      COVERED.some((folder) => isIn(folder, path)) ||
      (dirname(path) === temporary && TEMPORARY.some((prefix) => basename(path).startsWith(prefix))),
  };
  return Object.fromEntries(
    Object.entries(all).map(([kind, found]) => [kind, found.filter(isOurs[kind] ?? (() => true))]),
  );
}

/** A sentence for each thing that is there after and was not before. Pure. */
export function differences(before: Traces, after: Traces): readonly string[] {
  return Object.entries(after).flatMap(([kind, now]) => {
    const old = new Set(before[kind]);
    return now.filter((one) => !old.has(one)).map((one) => `${kind} ${one} was left`);
  });
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Also such as have left the capsule. */
async function clusterProcesses(): Promise<readonly string[]> {
  const all = await allProcesses();
  const found = await Promise.all(
    all.map(async ({ pid, arguments: args }) => {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return args.at(-1) === MARK || environment.includes(`${PART}=`) ? [`${pid} ${args.join(" ")}`] : [];
    }),
  );
  return found.flat();
}

async function entries(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
}
