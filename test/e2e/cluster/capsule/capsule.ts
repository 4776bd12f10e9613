/**
 * One network, mount and process namespace for the whole cluster. When its process 1 is killed the kernel takes
 * everything in it: processes, mounts, links, routes, rules.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readFile, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HOST_ADDRESS, LINK_PREFIX, NETWORK, NODE_ADDRESS } from "../addresses.ts";
import { run } from "../command.ts";
import { LINK } from "../layout.ts";
import { program, type Site } from "../parts/part.ts";
import { until } from "../waiting.ts";
import { capsuleInit, capsuleProcesses, MARK, signal } from "./processes.ts";

/** Folders that runtimes write to whatever one tells them: each is an empty one of its own in the capsule. */
export const COVERED = [
  "/run/netns",
  "/run/containerd",
  "/var/lib/cni",
  "/var/lib/kubelet",
  "/var/log/containers",
] as const;

/** Those of the covered folders, and of the folders above them, that are not there yet; the outermost first. */
export function foldersToCreate(exists: (folder: string) => boolean = existsSync): readonly string[] {
  const above = (folder: string): readonly string[] =>
    folder === "/" ? [] : [...above(dirname(folder)), folder];
  return [...new Set(COVERED.flatMap(above))].filter((folder) => !exists(folder));
}

/** Starts the empty capsule and connects it with the host; gives the host's pid of its process 1. */
export async function startCapsule(site: Site): Promise<number> {
  for (const folder of COVERED) await mkdir(folder, { recursive: true });
  const log = join(site.layout.logs, "capsule.log");
  const output = openSync(log, "a");
  // Without -n the machine's list of mounts would be told.
  const cover = COVERED.map((folder) => `mount -n -t tmpfs tmpfs ${folder}`).join(" && ");
  const script = `${cover} && ip link set lo up && exec "$0" "$1"`;
  const init = program(site, "reaper", "reaper");
  const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const outer = spawn("unshare", [...namespaces, "sh", "-ec", script, init, MARK], {
    detached: true,
    stdio: ["ignore", output, output],
  });
  outer.unref();
  closeSync(output);
  let pid: number | undefined;
  await until(
    "the capsule runs",
    async () => {
      pid = await capsuleInit();
      return pid !== undefined && (await isRunning(pid, init));
    },
    {
      timeoutMs: 10_000,
      everyMs: 20,
      given: () => (outer.exitCode === null ? undefined : `it ended, see ${log}`),
    },
  );
  if (pid === undefined) throw new Error("the capsule has no process 1");
  await connect(pid);
  return pid;
}

/** Whether the shell that mounts has become the reaper. */
async function isRunning(pid: number, init: string): Promise<boolean> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8")).startsWith(`${init}\0`);
}

/** A pair of links: the node's address is the inner end, the host routes the whole network there. */
async function connect(pid: number): Promise<void> {
  const inside = (...args: string[]) => run("nsenter", ["--target", String(pid), "--net", ...args]);
  await run("ip", ["link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", String(pid)]);
  await run("ip", ["address", "add", `${HOST_ADDRESS}/${LINK_PREFIX}`, "dev", LINK]);
  await run("ip", ["link", "set", LINK, "up"]);
  await inside("ip", "address", "add", `${NODE_ADDRESS}/${LINK_PREFIX}`, "dev", "eth0");
  await inside("ip", "link", "set", "eth0", "up");
  await inside("ip", "route", "add", "default", "via", HOST_ADDRESS);
  await run("ip", ["route", "add", NETWORK, "via", NODE_ADDRESS]);
  await inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
}

/** Kills everything in the capsule, and waits until the kernel has taken it away. */
export async function stopCapsule(): Promise<void> {
  await until(
    "the capsule's processes are gone",
    async () => {
      const pids = await capsuleProcesses();
      signal(pids, "SIGKILL");
      return pids.length === 0;
    },
    { timeoutMs: 30_000, everyMs: 50 },
  );
  // The host's end goes with the inner one, a moment after the namespace.
  const isThere = () => existsSync(`/sys/class/net/${LINK}`);
  await until("the link is gone", async () => !isThere(), { timeoutMs: 3_000 }).catch(() => undefined);
  if (isThere()) await run("ip", ["link", "delete", LINK]);
}

/** Removes the folders that `foldersToCreate` named, unless somebody uses them by now. */
export async function removeCreated(folders: readonly string[]): Promise<void> {
  for (const folder of [...folders].reverse()) {
    try {
      await rmdir(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTEMPTY") throw error;
    }
  }
}
