/** What GitHub's API tells of a bare repository, read with git's plumbing. Undefined: there is no such object. */
import { git, gitText } from "./git.ts";

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  readonly size?: number;
}

const ID = /^[0-9a-f]{40}$/;

/** The full id of the commit that `ref` (an id, or the name of a branch) means. */
export async function commitOf(bare: string, ref: string): Promise<string | undefined> {
  const name = ID.test(ref) ? ref : `refs/heads/${ref}`;
  return gitText(bare, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]).catch(
    () => undefined,
  );
}

/** The id of the tree of the commit `sha`. */
export async function treeOf(bare: string, sha: string): Promise<string | undefined> {
  if (!ID.test(sha)) return undefined;
  return gitText(bare, ["rev-parse", "--verify", "--quiet", `${sha}^{commit}^{tree}`]).catch(() => undefined);
}

/** The entries of the tree `sha`; recursive: with all below, the trees themselves too. */
export async function entriesOf(
  bare: string,
  sha: string,
  recursive: boolean,
): Promise<readonly TreeEntry[] | undefined> {
  if (!ID.test(sha)) return undefined;
  const args = ["ls-tree", "-l", "-z", ...(recursive ? ["-r", "-t"] : []), sha];
  const listing = await gitText(bare, args).catch(() => undefined);
  return listing
    ?.split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", type = "", id = "", size = "-"] = line.slice(0, tab).split(/ +/);
      return { path: line.slice(tab + 1), mode, type, sha: id, ...(size !== "-" && { size: Number(size) }) };
    });
}

export async function blobOf(bare: string, sha: string): Promise<Buffer | undefined> {
  if (!ID.test(sha)) return undefined;
  return git(bare, ["cat-file", "blob", sha]).catch(() => undefined);
}
