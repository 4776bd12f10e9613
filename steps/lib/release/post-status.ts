/** The rule that gives a release exactly one terminal status, however often and by whomever it is tried. */
import type { CommitStatus, Forge } from "../ports/forge.ts";

/**
 * Sets the terminal `status` while the newest one of its context on `revision` is `pending`, or when there is none
 * because GitHub could not be told of the start. Returns whether it was set. Throws what the forge throws; trying again
 * is safe.
 */
export async function postTerminalStatus(
  forge: Forge,
  revision: string,
  status: CommitStatus,
): Promise<boolean> {
  const newest = await forge.newestStatus(revision, status.context);
  if (newest !== undefined && newest !== "pending") return false;
  await forge.setStatus(revision, status);
  return true;
}
