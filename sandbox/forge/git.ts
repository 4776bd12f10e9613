/** The real git, with nobody's configuration but ours. */
import { execFile } from "node:child_process";

export interface GitOptions {
  /** Set in the environment of git and of the hooks that it starts. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs git in `folder` and returns what it prints. Throws what git says on stderr. */
export function git(folder: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const env = {
    PATH: process.env["PATH"],
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Sandbox",
    GIT_AUTHOR_EMAIL: "sandbox@example.com",
    GIT_COMMITTER_NAME: "Sandbox",
    GIT_COMMITTER_EMAIL: "sandbox@example.com",
    ...options.environment,
  };
  return new Promise((resolve, reject) => {
    const command = { cwd: folder, env, encoding: "buffer", maxBuffer: 64 * 1024 * 1024 } as const;
    execFile("git", [...args], command, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`git ${args.join(" ")}: ${stderr.toString().trim() || error.message}`));
    });
  });
}

/** The same as text, without the newline at the end. */
export async function gitText(
  folder: string,
  args: readonly string[],
  options?: GitOptions,
): Promise<string> {
  return (await git(folder, args, options)).toString("utf8").trimEnd();
}
