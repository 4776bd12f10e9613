/** The Source port on a folder that holds a checkout of the pushed commit, e.g. from the catalog's git-clone. */
import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { InvalidError, RefusedError } from "../ports/errors.ts";
import type { Source, SourceFile } from "../ports/forge.ts";
import { assertFew, assertSize } from "./source-limits.ts";

/**
 * The checkout in `folder`; whoever made it vouches for the revision. Throws InvalidError for paths and symbolic links
 * that leave the folder, RefusedError for what may not be read.
 */
export function workspace(folder: string): Source {
  return {
    files: async (_revision, path) => {
      const root = await realpath(folder).catch((error: unknown) => {
        throw new RefusedError(`could not read the workspace ${folder}: ${code(error)}`);
      });
      const start = join(root, path);
      if (!isInside(root, start))
        throw new InvalidError(`could not read ${path}: it is outside of the workspace`);
      try {
        const paths = await filesBelow(root, start);
        assertFew(paths.length, false, path);
        const files = await Promise.all(paths.map((file) => read(root, file)));
        return files.sort((one, other) => (one.path < other.path ? -1 : 1));
      } catch (error) {
        if (code(error) === "ENOENT" || code(error) === "ENOTDIR") return [];
        if (error instanceof Error && "code" in error)
          throw new RefusedError(`could not read ${path}: ${code(error)}`);
        throw error;
      }
    },
  };
}

function isInside(root: string, path: string): boolean {
  return path === root || path === root + sep || path.startsWith(root + sep);
}

/** Files at or below `path`, without git's own; a symbolic link counts as what it points at, if that is inside. */
async function filesBelow(root: string, path: string): Promise<readonly string[]> {
  const real = await realpath(path);
  if (!isInside(root, real))
    throw new InvalidError(`could not read ${relative(root, path)}: it leads out of the workspace`);
  const stat = await lstat(real);
  if (stat.isFile()) {
    assertSize(relative(root, path), stat.size);
    return [path];
  }
  if (!stat.isDirectory()) throw new InvalidError(`could not read ${relative(root, path)}: it is not a file`);
  if (real !== path)
    throw new InvalidError(`could not read ${relative(root, path)}: it is a link to a directory`);
  const found: string[] = [];
  for (const name of await readdir(path)) {
    if (path === root && name === ".git") continue;
    found.push(...(await filesBelow(root, join(path, name))));
    assertFew(found.length, false, relative(root, path));
  }
  return found;
}

async function read(root: string, path: string): Promise<SourceFile> {
  return { path: relative(root, path).split(sep).join("/"), text: await readFile(path, "utf8") };
}

function code(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
