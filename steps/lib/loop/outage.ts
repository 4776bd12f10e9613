/** After the cluster's API was away: controllers and mesh follow it by watches, and take these up again late. */
import { formatDuration } from "../experiment/duration.ts";
import type { ExperimentStatus } from "../experiment/schema.ts";
import type { Line, Observation } from "./model.ts";
import { hadTraffic, timeOf, withLoop } from "./record.ts";

/**
 * A watch that breaks is tried again after 0.8 s, then after twice as long each time, at most 30 s, and up to twice that by
 * chance (client-go's reflector): so a watch may stay broken for twice the outage once more. Pods are heard of through several
 * such watches, one after another. After 20 s away a real cluster needed 65 s.
 */
const DEAF_FACTOR = 5;
const DEAF_MS = 90_000;

/** Notes until when nobody can count on the mesh to know what is new. */
export function noteOutage(status: ExperimentStatus, { outage }: Observation, now: number): ExperimentStatus {
  if (outage === undefined) return status;
  const until = outage.endedAt + Math.min(DEAF_FACTOR * outage.lastedMs, DEAF_MS);
  if (until <= now || until <= (timeOf(status.loop?.deafUntil) ?? now)) return status;
  return withLoop(status, { deafUntil: new Date(until).toISOString() });
}

/** Whether the proxies may still send to pods that are gone, and not know of pods that are new. */
export function isDeaf({ loop }: ExperimentStatus, now: number): boolean {
  return now < (timeOf(loop?.deafUntil) ?? now);
}

/** Whether the candidate has had no traffic yet, and its pods may be younger than what the mesh knows. */
export function isUnheardOf(status: ExperimentStatus, now: number): boolean {
  return isDeaf(status, now) && !hadTraffic(status);
}

/** What the log says when it was noted. */
export function outageLines(found: ExperimentStatus, noted: ExperimentStatus, now: number): readonly Line[] {
  if (noted === found) return [];
  const until = timeOf(noted.loop?.deafUntil) ?? now;
  const left = formatDuration(Math.ceil((until - now) / 1000) * 1000);
  const text = `The cluster's API was away: for ${left} its controllers and the mesh may not know which pods are new or gone. Until then no version gets its first traffic, and the route names the versions.`;
  return [{ level: "info", text }];
}
