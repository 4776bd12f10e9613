/** A bare repository with a post-receive hook, and a clone to push from. */
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { git, gitText } from "./git.ts";

export interface Push {
  /** Path -> text; null deletes the file. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly message: string;
  /** Default `main`; one that does not exist yet begins at `main`. */
  readonly branch?: string;
  /** Without a webhook, e.g. the first commit of a repository. */
  readonly quiet?: boolean;
}

export interface Repository {
  /** The bare repository; a person can clone it and push to it as well. */
  readonly bare: string;
  /** Commits (even when nothing changes) and pushes. One at a time, in the order of the calls. */
  push(push: Push): Promise<{ readonly revision: string }>;
}

/** Makes both repositories in `folder`. The hook tells `hookUrl` about every push as lines `before after ref`. */
export async function createRepository(folder: string, hookUrl: string): Promise<Repository> {
  const bare = join(folder, "repository.git");
  const clone = join(folder, "clone");
  await mkdir(folder, { recursive: true });
  await git(folder, ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await installHook(bare, hookUrl);
  await git(folder, ["clone", "--quiet", bare, clone]);

  const commitAndPush = async ({ files, message, branch = "main", quiet = false }: Push) => {
    await git(clone, ["fetch", "--quiet", "--prune", "origin"]);
    const starts = [`origin/${branch}`, "origin/main"];
    const start = await firstExisting(clone, starts);
    await git(clone, [
      "checkout",
      "--quiet",
      ...(start ? ["--no-track", "-B", branch, start] : ["-B", branch]),
    ]);
    for (const [path, text] of Object.entries(files)) {
      const file = join(clone, path);
      if (text === null) await rm(file);
      else {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    }
    await git(clone, ["add", "--all"]);
    await git(clone, ["commit", "--quiet", "--allow-empty", `--message=${message}`]);
    const revision = await gitText(clone, ["rev-parse", "HEAD"]);
    const environment: Record<string, string> = quiet ? { SANDBOX_QUIET: "1" } : {};
    await git(clone, ["push", "--quiet", "origin", branch], { environment });
    return { revision };
  };

  let last: Promise<unknown> = Promise.resolve();
  return {
    bare,
    push: (push) => {
      const result = last.then(() => commitAndPush(push));
      last = result.catch(() => {});
      return result;
    },
  };
}

async function firstExisting(clone: string, refs: readonly string[]): Promise<string | undefined> {
  for (const ref of refs) {
    if (await git(clone, ["rev-parse", "--verify", "--quiet", ref]).catch(() => undefined)) return ref;
  }
  return undefined;
}

/** A hook must not fail a push that has happened: when the sandbox is gone, it says so to whoever pushes. */
async function installHook(bare: string, hookUrl: string): Promise<void> {
  const program = join(bare, "hooks", "post-receive.mjs");
  await writeFile(
    program,
    `import { text } from "node:stream/consumers";
const body = await text(process.stdin);
await fetch(${JSON.stringify(hookUrl)}, { method: "POST", body }).catch(() => {
  console.error("the sandbox is not running: no webhook was sent");
});
`,
  );
  const hook = join(bare, "hooks", "post-receive");
  await writeFile(
    hook,
    `#!/bin/sh\n[ -n "$SANDBOX_QUIET" ] || exec ${quoted(process.execPath)} ${quoted(program)}\n`,
  );
  await chmod(hook, 0o755);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
