/** One `up` at a time on a machine: the process that is at work is written down. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { LOCK_FILE } from "./layout.ts";
import { until } from "./waiting.ts";

/** Takes the lock; the answer gives it back. Throws when another process has it. */
export async function holdLock(): Promise<() => Promise<void>> {
  const other = await holder();
  if (other !== undefined) {
    throw new Error(`Another "up" is at work (process ${other}): wait for it, or end it with "down".`);
  }
  await writeFile(LOCK_FILE, `${process.pid} ${await startOf(process.pid)}`);
  return () => rm(LOCK_FILE, { force: true });
}

/** Ends the `up` that is at work, if there is one. Its builds end with it. */
export async function endOther(): Promise<void> {
  const other = await holder();
  if (other !== undefined) {
    process.kill(other, "SIGKILL");
    const isGone = async () => (await holder()) === undefined;
    await until("the other up has ended", isGone, { timeoutMs: 10_000 });
  }
  await rm(LOCK_FILE, { force: true });
}

/** The process in the file, if it is alive and not ourselves. */
async function holder(): Promise<number | undefined> {
  const [pid = "", start = ""] = (await readFile(LOCK_FILE, "utf8").catch(() => "")).split(" ");
  if (pid === "" || Number(pid) === process.pid) return undefined;
  return (await startOf(Number(pid))) === start ? Number(pid) : undefined;
}

/** Start of a process in clock ticks since the machine's, from /proc/PID/stat; undefined when it has ended. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : fields[19];
}
