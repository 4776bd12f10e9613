/** Tekton results: one file per result, whose path the Task passes as RESULT_<NAME>_PATH. */
import { writeFileSync } from "node:fs";

/** Tekton keeps all results of a pod in 4 KB; every step keeps to its share. */
const LIMIT = 1024;

/** The variable with the path of a result: `next-step` is RESULT_NEXT_STEP_PATH. */
export function resultVariable(name: string): string {
  return `RESULT_${name.replaceAll("-", "_").toUpperCase()}_PATH`;
}

/**
 * Writes every result to its file, without a newline at the end. A result without a path and results of more than
 * 1 KB together are mistakes of ours; then nothing is written.
 */
export function writeResults(
  results: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const files = Object.entries(results).map(([name, value]) => {
    const path = environment[resultVariable(name)];
    if (!path) throw new Error(`result "${name}" has no path: ${resultVariable(name)} is not set`);
    return { path, value };
  });
  const size = Buffer.byteLength(Object.entries(results).flat().join(""));
  if (size > LIMIT) throw new Error(`the results take ${size} bytes, at most ${LIMIT} are allowed`);
  for (const { path, value } of files) writeFileSync(path, value);
}
