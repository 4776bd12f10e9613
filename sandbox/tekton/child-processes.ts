/** The launcher that starts real processes, each in a process group of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Launcher, RunningProcess } from "./launcher.ts";

/** Container runtimes report a program that cannot be started with this code. */
const START_ERROR = 128;

/** What must not outlive this process, whoever started it. */
const running = new Set<ChildProcess>();

process.once("exit", () => {
  for (const child of running) killGroup(child, "SIGKILL");
});

/** A launcher whose processes do not outlive this one. */
export function createChildProcesses(): Launcher {
  return {
    start({ command, args, env, onOutput }): RunningProcess {
      const child = spawn(command, [...args], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
      running.add(child);
      const output = Promise.all([
        forwardLines(child.stdout, onOutput),
        forwardLines(child.stderr, onOutput),
      ]);
      const exited = new Promise<Awaited<RunningProcess["exited"]>>((resolve) => {
        child.once("error", (error) => {
          onOutput(error.message);
          resolve({ code: START_ERROR, signal: null });
        });
        child.once("exit", (code, signal) => {
          // A container ends with its first process, whatever else still runs in it.
          killGroup(child, "SIGKILL");
          running.delete(child);
          resolve({ code, signal });
        });
      });
      return {
        pid: child.pid,
        kill: (signal) => {
          if (running.has(child)) killGroup(child, signal);
        },
        exited: exited.then(async (end) => {
          running.delete(child);
          if (child.pid !== undefined) await output;
          return end;
        }),
      };
    },
  };
}

async function forwardLines(stream: Readable, onOutput: (line: string) => void): Promise<void> {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("line", onOutput);
  await new Promise<void>((resolve) => lines.once("close", resolve));
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
