/** What a cluster could leave on a machine, to compare before it was started with after it was ended. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { COVERED } from "../capsule/capsule.ts";
import { hierarchies } from "../capsule/cgroups.ts";
import { allProcesses, MARK, PART } from "../capsule/processes.ts";
import { readSettings } from "../capsule/record.ts";
import { cacheFolder, layoutOf } from "../layout.ts";

/** By kind; each a list of what there is. */
export type Traces = Readonly<Record<string, readonly string[]>>;

/** Reads the machine, changes nothing. */
export async function lookForTraces(): Promise<Traces> {
  const mounts = await readFile("/proc/mounts", "utf8");
  const settings = Object.entries(await readSettings());
  const { data } = layoutOf(cacheFolder());
  const folders = [...new Set(["/run", ...COVERED, ...COVERED.map((folder) => dirname(folder))])];
  return {
    process: await clusterProcesses(),
    mount: mounts.split("\n").map((line) => line.split(" ").slice(0, 3).join(" ")),
    link: await entries("/sys/class/net"),
    route: (await readFile("/proc/net/route", "utf8")).split("\n").map((line) => line.trim()),
    cgroup: (await Promise.all(hierarchies(mounts).map(entries))).flat(),
    setting: settings.map(([name, value]) => `${name} = ${value}`),
    file: [
      ...(await Promise.all(folders.map(entries))).flat(),
      // All else in the cache is meant to stay.
      ...(await entries(dirname(data))).filter((file) => file === data),
    ],
  };
}

/** A sentence for each thing that is there after and was not before, or the other way round. Pure. */
export function differences(before: Traces, after: Traces): readonly string[] {
  const kinds = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return kinds.flatMap((kind) => {
    const [old, now] = [new Set(before[kind]), new Set(after[kind])];
    return [
      ...[...now].filter((one) => !old.has(one)).map((one) => `${kind} ${one} was left`),
      ...[...old].filter((one) => !now.has(one)).map((one) => `${kind} ${one} is gone`),
    ];
  });
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
