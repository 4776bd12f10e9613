/** Runs programs of the machine, and keeps what they said for the one who has to know why they failed. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** How many lines of a log an error repeats. */
const LAST_LINES = 20;

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** A file that gets everything the program prints. */
  readonly log?: string;
  /** Ends with this process even when this process is killed, and with all its children; as root alone. */
  readonly bound?: boolean;
  readonly timeoutMs?: number;
}

/** A program that ended with another exit code than 0, with the last lines of what it printed. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly output: string;

  constructor(command: string, end: string, output: string) {
    super(`${command}: ${end}\n${lastLines(output)}`.trimEnd());
    this.output = output;
  }
}

/** Runs a program to its end and gives what it wrote to its standard output. Throws CommandFailed. */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { cwd, env = process.env, input, log, bound = false, timeoutMs = 1_800_000 } = options;
  const [file, ...rest] = bound && isRoot() ? boundTo(program, args) : [program, ...args];
  if (log !== undefined) await mkdir(dirname(log), { recursive: true });
  const sink = log === undefined ? undefined : createWriteStream(log, { flags: "a" });
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(file ?? program, rest, {
        env,
        stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
        timeout: timeoutMs,
        killSignal: "SIGKILL",
        ...(cwd === undefined ? {} : { cwd }),
      });
      const stdout: Buffer[] = [];
      const all: Buffer[] = [];
      child.stdout?.on("data", (data: Buffer) => {
        stdout.push(data);
        all.push(data);
        sink?.write(data);
      });
      child.stderr?.on("data", (data: Buffer) => {
        all.push(data);
        sink?.write(data);
      });
      // A program that ends without reading its input says why by its exit code.
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(input);
      child.on("error", reject);
      child.on("close", (code, signal) => {
        if (code === 0) return resolve(Buffer.concat(stdout).toString());
        const end = signal === null ? `exit code ${code}` : `ended by ${signal}`;
        reject(
          new CommandFailed(`${program} ${args.slice(0, 4).join(" ")}`, end, Buffer.concat(all).toString()),
        );
      });
    });
  } finally {
    sink?.end();
  }
}

/** Whether a program ends with exit code 0. */
export async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(program, args);
    return true;
  } catch {
    return false;
  }
}

/** A process namespace that dies with us takes a build's compilers with it, whoever kills us and how. */
function boundTo(program: string, args: readonly string[]): readonly string[] {
  return ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child", program, ...args];
}

const isRoot = () => process.getuid?.() === 0;

/** The end of a log. */
export function lastLines(text: string, count = LAST_LINES): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
