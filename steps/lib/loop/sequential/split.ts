/** Believe observed traffic: does the mesh give the candidate what the route says? */
import type { WeighedPoll } from "../model.ts";

const LEAST_REQUESTS = 30;

/**
 * What is wrong with the observed split at the present weight, in words; undefined when it fits or too little was seen.
 * Off means more than half of the smaller side's share away, beyond four standard errors of a share.
 */
export function splitOff({ weight, requests }: WeighedPoll): string | undefined {
  const total = requests.baseline + requests.candidate;
  if (total < LEAST_REQUESTS) return undefined;
  const expected = weight / 100;
  const observed = requests.candidate / total;
  const error = Math.sqrt((expected * (1 - expected)) / total);
  if (Math.abs(observed - expected) <= Math.max(Math.min(expected, 1 - expected) / 2, 4 * error))
    return undefined;
  return `The candidate got ${Number((observed * 100).toPrecision(3))} % of ${Math.round(total)} requests where the route says ${weight} %`;
}
