/** The body of GitHub's push webhook, built from the repository. */
import { pathToFileURL } from "node:url";
import { gitText } from "./git.ts";

/** One updated ref, as git tells a post-receive hook. */
export interface RefUpdate {
  readonly before: string;
  readonly after: string;
  /** In full, e.g. `refs/heads/main`. */
  readonly ref: string;
}

export interface PushedCommit {
  readonly id: string;
  readonly message: string;
  readonly timestamp: string;
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly removed: readonly string[];
}

export interface PushEvent extends RefUpdate {
  readonly created: boolean;
  readonly deleted: boolean;
  readonly repository: { readonly full_name: string; readonly clone_url: string };
  readonly pusher: { readonly name: string; readonly email: string };
  /** Null when the branch was deleted. */
  readonly head_commit: PushedCommit | null;
  /** Oldest first; empty when no commit is new. */
  readonly commits: readonly PushedCommit[];
}

const ZERO = /^0+$/;

/** The event that tells of `update` in the bare repository `bare`. */
export async function pushEvent(bare: string, repository: string, update: RefUpdate): Promise<PushEvent> {
  const created = ZERO.test(update.before);
  const deleted = ZERO.test(update.after);
  const commits: PushedCommit[] = [];
  for (const id of deleted ? [] : await newCommits(bare, update, created))
    commits.push(await describe(bare, id));
  return {
    ...update,
    created,
    deleted,
    repository: { full_name: repository, clone_url: pathToFileURL(bare).href },
    pusher: { name: "sandbox", email: "sandbox@example.com" },
    head_commit: deleted ? null : (commits.at(-1) ?? (await describe(bare, update.after))),
    commits,
  };
}

/** What `after` has and `before` had not; on a new branch, what no other branch has. */
async function newCommits(
  bare: string,
  { before, after, ref }: RefUpdate,
  created: boolean,
): Promise<readonly string[]> {
  const known = created ? ["--not", `--exclude=${ref}`, "--all"] : [`^${before}`];
  const list = await gitText(bare, ["rev-list", "--reverse", after, ...known]);
  return list === "" ? [] : list.split("\n");
}

async function describe(bare: string, id: string): Promise<PushedCommit> {
  const [timestamp = "", ...message] = (await gitText(bare, ["show", "-s", "--format=%cI%n%B", id])).split(
    "\n",
  );
  const args = ["diff-tree", "--root", "--no-commit-id", "--name-status", "--no-renames", "-r", "-z", id];
  const words = (await gitText(bare, args)).split("\0").filter((word) => word !== "");
  const changed = (...letters: string[]) =>
    words.filter((_, at) => at % 2 === 1 && letters.includes(words[at - 1] ?? ""));
  return {
    id,
    message: message.join("\n").trim(),
    timestamp,
    added: changed("A"),
    modified: changed("M", "T"),
    removed: changed("D"),
  };
}
