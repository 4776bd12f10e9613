/** The processes of the capsule, as the host's /proc shows them: found again by whoever looks, nothing need be written down. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";

/** Last argument of the capsule's first processes. */
export const MARK = "tekton-canary-capsule";

/** Variable that names the part in a daemon's environment. */
export const PART = "TEKTON_CANARY_PART";

interface Process {
  readonly pid: number;
  readonly arguments: readonly string[];
  /** In the innermost namespace, what the process itself believes. */
  readonly innerPid: number;
}

/** Of the whole machine. */
export async function allProcesses(): Promise<readonly Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(look));
  return found.filter((one) => one !== undefined);
}

async function look(pid: number): Promise<Process | undefined> {
  const command = await text(pid, "cmdline");
  if (command === "") return undefined;
  const status = await text(pid, "status");
  if (/^State:\s+Z/m.test(status)) return undefined;
  const inner = /^NSpid:.*?(\d+)\s*$/m.exec(status)?.[1];
  return { pid, arguments: command.replace(/\0$/, "").split("\0"), innerPid: Number(inner ?? pid) };
}

/** A process may end while we look: then there is nothing to read. */
async function text(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
}

/** Host pids of the capsule's first process and of what started it. */
export async function capsuleProcesses(): Promise<readonly number[]> {
  return (await allProcesses()).filter(({ arguments: args }) => args.at(-1) === MARK).map(({ pid }) => pid);
}

/** Host pid of the capsule's process 1, if there is one. */
export async function capsuleInit(): Promise<number | undefined> {
  return (await allProcesses()).find(
    ({ arguments: args, innerPid }) => args.at(-1) === MARK && innerPid === 1,
  )?.pid;
}

/** Host pids of a part's own process; not of what it started, which inherits its environment. */
export async function partProcesses(part: string, program: string): Promise<readonly number[]> {
  const init = await capsuleInit();
  if (init === undefined) return [];
  const capsule = await namespaceOf(init);
  const alike = (await allProcesses()).filter(({ arguments: args }) => args[0] === program);
  const mine = await Promise.all(
    alike.map(async ({ pid }) => {
      const environment = (await text(pid, "environ")).split("\0");
      return environment.includes(`${PART}=${part}`) && (await namespaceOf(pid)) === capsule;
    }),
  );
  return alike.filter((_, index) => mine[index]).map(({ pid }) => pid);
}

/** Host pids of the processes in a container whose program has that file name and gets that argument. */
export async function containerProcesses(
  container: string,
  program: string,
  argument: string,
): Promise<readonly number[]> {
  const alike = (await allProcesses()).filter(
    ({ arguments: [path = "", ...rest] }) => basename(path) === program && rest.includes(argument),
  );
  const groups = await Promise.all(alike.map(({ pid }) => text(pid, "cgroup")));
  return alike.filter((_, index) => groups[index]?.includes(container)).map(({ pid }) => pid);
}

function namespaceOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
}

/** Sends a signal; a process that is gone needs none. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
