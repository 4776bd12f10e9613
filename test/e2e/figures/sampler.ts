/** Reads the memory of containers from their cgroups, again and again. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CGROUP, hierarchies } from "../cluster/capsule/cgroups.ts";

/** Memory of one container, in bytes. */
export interface Reading {
  /** Its id in the runtime. */
  readonly container: string;
  /** The highest use so far, as the kernel keeps it. */
  readonly peak: number;
  /** What is no copy of a file, at this moment. */
  readonly anonymous: number;
}

/** By container: the highest values, and when it was read last (ms since the epoch). */
export type Samples = ReadonlyMap<string, Omit<Reading, "container"> & { readonly at: number }>;

export interface Sampler {
  stop(): Promise<Samples>;
}

/** Reads the containers of the pods with these uids; those that are gone are no error. */
export type ReadMemory = (pods: readonly string[]) => Promise<readonly Reading[]>;

interface Version {
  readonly peak: string;
  /** Line of memory.stat. */
  readonly anonymous: string;
}

/** cgroups of version 1 and 2. */
const VERSIONS: readonly Version[] = [
  { peak: "memory.max_usage_in_bytes", anonymous: "total_rss" },
  { peak: "memory.peak", anonymous: "anon" },
];

/** Pods with equal requests and limits have their cgroups beside the folders of the two other classes. */
const CLASSES = ["", "burstable", "besteffort"];

/** Starts sampling; `pods` gives the uids of those that may run now. */
export function startSampler({
  pods,
  read,
  now = Date.now,
  everyMs = 200,
}: {
  readonly pods: () => readonly string[];
  readonly read: ReadMemory;
  readonly now?: () => number;
  readonly everyMs?: number;
}): Sampler {
  const samples = new Map<string, Omit<Reading, "container"> & { readonly at: number }>();
  let isOver = false;
  let wake = () => {};

  async function run(): Promise<void> {
    while (!isOver) {
      for (const { container, peak, anonymous } of await read(pods())) {
        const before = samples.get(container);
        samples.set(container, {
          at: now(),
          peak: Math.max(peak, before?.peak ?? 0),
          anonymous: Math.max(anonymous, before?.anonymous ?? 0),
        });
      }
      if (isOver) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const running = run();
  return {
    async stop() {
      isOver = true;
      wake();
      await running;
      return samples;
    },
  };
}

/** Reads below our cluster's cgroup in the hierarchies of /proc/mounts; nothing where none of them counts memory. */
export function cgroupMemory(mounts: string): ReadMemory {
  const found = hierarchies(mounts)
    .map((folder) => join(folder, CGROUP))
    .flatMap((root) => VERSIONS.map((version) => ({ root, version })))
    .find(({ root, version }) => existsSync(join(root, version.peak)));
  if (found === undefined) return async () => [];
  const { root, version } = found;
  return async (pods) => {
    const folders = pods.flatMap((uid) => CLASSES.map((name) => join(root, "kubepods", name, `pod${uid}`)));
    const readings = await Promise.all(folders.map((folder) => readPod(folder, version)));
    return readings.flat();
  };
}

async function readPod(folder: string, version: Version): Promise<readonly Reading[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const containers = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const readings = await Promise.all(
    containers.map(async (container): Promise<readonly Reading[]> => {
      try {
        const [peak, stat] = await Promise.all(
          [version.peak, "memory.stat"].map((name) => readFile(join(folder, container, name), "utf8")),
        );
        return [{ container, peak: Number(peak), anonymous: lineOf(stat ?? "", version.anonymous) }];
      } catch {
        // It ended just now.
        return [];
      }
    }),
  );
  return readings.flat();
}

function lineOf(stat: string, name: string): number {
  const line = stat.split("\n").find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}
