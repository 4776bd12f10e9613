/** Waiting for a condition, never longer than a bound. */
import { setTimeout as sleep } from "node:timers/promises";

/** Asks again and again until the answer is true. Throws naming `what`, with the last error, when `timeoutMs` is over. */
export async function until(
  what: string,
  condition: () => Promise<boolean>,
  { timeoutMs = 60_000, everyMs = 100, given = () => undefined as string | undefined } = {},
): Promise<void> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  do {
    const hopeless = given();
    if (hopeless !== undefined) throw new Error(hopeless);
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  } while (Date.now() < end);
  const why = last instanceof Error ? `: ${last.message}` : "";
  throw new Error(`${what}: not so after ${timeoutMs / 1000} s${why}`);
}
