/** Starts and ends the cluster's daemons in its capsule, one by one. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { lastLines } from "../command.ts";
import type { Layout } from "../layout.ts";
import { debianEnvironment } from "../parts/debian/part.ts";
import type { Daemon, Site } from "../parts/part.ts";
import { until } from "../waiting.ts";
import { capsuleInit, PART, partProcesses, signal } from "./processes.ts";

/** Where a daemon's output goes. */
export function logOf(layout: Layout, name: string): string {
  return join(layout.logs, `${name}.log`);
}

/** Starts a daemon and waits until it is ready. Throws with the end of its log when it is not, or ends. */
export async function startDaemon(site: Site, daemon: Daemon, timeoutMs = 90_000): Promise<void> {
  const init = await capsuleInit();
  if (init === undefined) throw new Error("there is no cluster");
  await writeFiles(daemon.files?.(site) ?? {});
  const log = logOf(site.layout, daemon.name);
  const output = openSync(log, "a");
  const into = ["--target", String(init), "--mount", "--pid", "--net"];
  const child = spawn("nsenter", [...into, ...daemon.command(site)], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", output, output],
    env: {
      ...debianEnvironment(site),
      HOME: site.layout.data,
      ...daemon.environment?.(site),
      [PART]: daemon.name,
    },
  });
  child.unref();
  closeSync(output);
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  try {
    await until(`${daemon.name} is ready`, () => daemon.isReady(site), {
      timeoutMs,
      everyMs: 50,
      given: () => (ended() ? `${daemon.name} ended with exit code ${child.exitCode}` : undefined),
    });
  } catch (error) {
    const text = lastLines(await readFile(log, "utf8"));
    throw new Error(`${error instanceof Error ? error.message : error}\n${text}\n(${log})`);
  }
}

/** Whether the daemon's process is there. */
export async function isRunning(site: Site, daemon: Daemon): Promise<boolean> {
  return (await own(site, daemon)).length > 0;
}

/** Ends a daemon and waits until it is gone; `SIGKILL` follows after 10 s. */
export async function endDaemon(site: Site, daemon: Daemon, by: "SIGTERM" | "SIGKILL"): Promise<void> {
  const isGone = async () => (await own(site, daemon)).length === 0;
  signal(await own(site, daemon), by);
  try {
    await until(`${daemon.name} is gone`, isGone, { timeoutMs: 10_000, everyMs: 20 });
  } catch {
    signal(await own(site, daemon), "SIGKILL");
    await until(`${daemon.name} is gone`, isGone, { timeoutMs: 10_000, everyMs: 20 });
  }
}

function own(site: Site, daemon: Daemon): Promise<readonly number[]> {
  return partProcesses(daemon.name, daemon.command(site)[0] ?? "");
}

async function writeFiles(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
