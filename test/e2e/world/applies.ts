/** Which scenarios can be played on a real cluster, and how; the others are skipped by name, with the reason. */
import { type ScenarioFile, subjects } from "../../../sandbox/scenario/schema.ts";

const OF_OWN = ["kill", "terminate", "metrics", "outage", "restart"] as const;

/** Undefined when it can be played; `isOwn`: on the cluster of `npm run cluster`. */
export function whyNot(file: ScenarioFile, isOwn: boolean): string | undefined {
  if (file.traffic?.through !== undefined) return "its users come through a route of their own";
  const events = file.steps.flatMap((step) => step.events);
  if (events.some(({ do: act }) => act.api !== undefined)) return "only the sandbox can do api";
  if (events.some(({ do: act }) => act.metrics === "stale")) return "only the sandbox can do metrics stale";
  if (isOwn) return undefined;
  if (events.some(({ when }) => when.write !== undefined))
    return "the loop's writes are not seen on this cluster";
  const act = OF_OWN.find((name) => events.some(({ do: one }) => one[name] !== undefined));
  return act === undefined ? undefined : `${act} is not possible on this cluster`;
}

/** Requests a second from which on a scenario wants two processors for itself. */
const MANY = 100;

/** An experiment that judges latency by a few requests would judge the other scenarios' work on the same processors. */
const HASTY = /\binterval: *[1-9]s\b/;

/**
 * An image whose pods crash at once, without a probe: the loop waits three seconds whether they do, and on a busy machine they
 * take longer to come to that.
 */
function isMeantToCrashSoon({ images }: ScenarioFile): boolean {
  return Object.values(images).some(({ crash }) => crash === true);
}

/** Whether it is played alone: it takes away what others need, or needs the machine. */
export function isAlone(file: ScenarioFile): boolean {
  const events = file.steps.flatMap((step) => step.events);
  return (
    events.some(({ do: { metrics, outage } }) => metrics !== undefined || outage !== undefined) ||
    isMeantToCrashSoon(file) ||
    subjects(file).some(({ traffic }) => (traffic?.rate ?? 0) >= MANY) ||
    Object.values(file.repository).some((text) => text.includes("iter8_latency") && HASTY.test(text))
  );
}

/** An experiment that takes minutes, nearly all of them waiting. */
const UNHURRIED = /\binterval: *([1-9]\ds|\d+m)\b/;

/** Whether it takes long and hardly uses the machine. */
export function isUnhurried(file: ScenarioFile): boolean {
  return Object.values(file.repository).some((text) => UNHURRIED.test(text));
}

/**
 * The file as a cluster without an image registry needs it: images that were imported are there, but an explicit Always
 * asks a registry for them.
 */
export function withImportedImages(source: string): string {
  return source.replaceAll("imagePullPolicy: Always", "imagePullPolicy: IfNotPresent");
}
