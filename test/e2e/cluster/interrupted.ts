/** Ctrl-C while a cluster is started or used. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { LOCK_FILE } from "./layout.ts";

/**
 * From now on, when this process has begun a cluster, SIGINT and SIGTERM end it too. Another process cleans up while this
 * one, blocked, starts nothing more. Without the lock it is not taken for an `up` that goes on. Builds end with us. `root`
 * is the repository's folder.
 */
export function endWhenInterrupted(root: string): void {
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => end(name, root));
}

function end(name: string, root: string): void {
  console.error(`${name}: cleaning up`);
  rmSync(LOCK_FILE, { force: true });
  const down = [join(root, "scripts", "cluster.mjs"), "down"];
  const { status } = spawnSync(process.execPath, down, { stdio: "inherit" });
  process.exit(status === 0 ? 130 : 1);
}
