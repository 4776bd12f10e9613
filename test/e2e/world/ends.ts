/** Ending what was started, all of it. */

/** Ends what started last first, and goes on whatever fails; gives what failed. Nothing is ended twice. */
export async function endAll(ends: (() => Promise<unknown>)[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}

/** One failure as it is; several as an error that says them all and has the first for its cause. */
export function asOne(failures: readonly unknown[]): unknown {
  const [first, ...more] = failures;
  return more.length === 0 ? first : new Error(failures.map(messageOf).join("\n"), { cause: first });
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
