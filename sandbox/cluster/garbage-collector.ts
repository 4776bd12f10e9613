/** The garbage collector's pace: an API server answers a DELETE before anything that the object owned is gone. */
import type { Clock } from "../../steps/lib/ports/clock.ts";

/** From a Deployment to its ReplicaSets, and from those to the pods: with both a second and a half, as in a quiet cluster. */
const PER_OWNER_MS = 750;

/** For `createStore`: does the work a moment after the owner is gone, by `clock`. */
export function takingItsTime(clock: Clock): (work: () => void) => void {
  return (work) => void clock.sleep(PER_OWNER_MS).then(work);
}
