/** One `up` at a time on a machine: the process that is at work is written down. */
import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { LOCK_FILE } from "./layout.ts";
import { until } from "./waiting.ts";

/** Another process builds or starts a cluster here; what it has begun is not ours to end. */
export class OtherAtWork extends Error {
  override readonly name = "OtherAtWork";

  constructor(pid: number) {
    super(`Another "up" is at work (process ${pid}): wait for it, or end it with "down".`);
  }
}

/** Takes the lock, also one that a dead process has left; the answer gives it back. Throws OtherAtWork. */
export async function holdLock(file = LOCK_FILE): Promise<() => Promise<void>> {
  // Put in place when it is written: nobody reads a lock without its process.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${process.pid} ${await startOf(process.pid)}`);
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const other = await holder(file);
    if (other !== undefined) throw new OtherAtWork(other);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return () => rm(file, { force: true });
}

/** Ends the `up` that is at work, if there is one. Its builds end with it. */
export async function endOther(): Promise<void> {
  const other = await holder(LOCK_FILE);
  if (other !== undefined && other !== process.pid) {
    process.kill(other, "SIGKILL");
    const isGone = async () => (await holder(LOCK_FILE)) === undefined;
    await until("the other up has ended", isGone, { timeoutMs: 10_000 });
  }
  await rm(LOCK_FILE, { force: true });
}

/** The process in the file, if it is alive. */
async function holder(file: string): Promise<number | undefined> {
  const [pid = "", start = ""] = (await readFile(file, "utf8").catch(() => "")).split(" ");
  return pid !== "" && (await startOf(Number(pid))) === start ? Number(pid) : undefined;
}

/** Start of a process in clock ticks since the machine's, from /proc/PID/stat; undefined when it has ended. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : fields[19];
}
