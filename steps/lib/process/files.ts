/** Small files of mounted Secrets. A Secret that is optional and missing is an empty folder. */
import { readFileSync } from "node:fs";

/** The trimmed text of the file at `path`; undefined when there is no such file or it is empty. */
export function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
}
