/** What we read of a repository is a handful of manifests; anything else is a wrong path. */
import { InvalidError } from "../ports/errors.ts";

const MAX_FILES = 100;
/** A file that is dense enough takes 500 bytes of memory for each of its own. */
const MAX_BYTES = 256 * 1024;

/** Throws InvalidError when a directory holds more files than anyone deploys; `truncated`: not even all are known. */
export function assertFew(count: number, truncated: boolean, path: string): void {
  if (truncated || count > MAX_FILES) {
    throw new InvalidError(`could not read ${path || "the repository"}: it has more than ${MAX_FILES} files`);
  }
}

/** Throws InvalidError for a file of more than 256 KB. */
export function assertSize(path: string, bytes: number): void {
  if (bytes > MAX_BYTES)
    throw new InvalidError(`could not read ${path}: it is larger than 256 KB (${bytes} bytes)`);
}
