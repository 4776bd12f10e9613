/** Waits until everything has been seen that tells when the traffic of a step settled. */
import type { Subject } from "./schema.ts";
import { isReplyOfAnother } from "./sightings.ts";
import { splitOf } from "./split.ts";
import type { Played, Stage } from "./stage.ts";

const POLL_MS = 50;
/** After so long without an answer of another version there comes none any more. */
const QUIET_MS = 2000;

/** Lets the users come until it is certain whether the traffic has settled as early as the step says. */
export async function settled({ clock, onlooker, subjects, place }: Stage, played: Played): Promise<void> {
  const within = played.expect["settled-within"];
  if (within === undefined) return;
  // A version that still answers then is late by any count.
  const limit = clock.now() + place.deafMs + within + QUIET_MS;
  const isQuiet = (subject: Subject) => {
    const [only, another] = Object.entries(splitOf(onlooker.view, subject)).filter(([, share]) => share > 0);
    if (only === undefined || another !== undefined) return true;
    const stray = onlooker.seen.findLast((one) => isReplyOfAnother(one, subject, only[0]));
    return stray === undefined || clock.now() - stray.at > QUIET_MS;
  };
  while (clock.now() < limit && !subjects.every(isQuiet)) await clock.sleep(POLL_MS);
}
