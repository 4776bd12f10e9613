/** The changes of weight that the loop wrote, as the watcher saw them. Pure. */
import type { Experiment } from "../../../sandbox/scenario/frame.ts";
import type { Sighting } from "../../../sandbox/scenario/sightings.ts";
import { type ServiceName, type Split, splitOf } from "../../../sandbox/scenario/split.ts";
import { createView, type View } from "../../../sandbox/scenario/view.ts";
import type { Behaviour, Conduct } from "../../../sandbox/workloads/behaviour.ts";
import { type AuditEntry, WRITE_VERBS } from "./audit.ts";

export interface WeightChange extends ServiceName {
  /** When the API server got the write, or else when it was seen; ms since the epoch. */
  readonly at: number;
  readonly before: Split;
  readonly after: Split;
  readonly candidate: string;
  /** A version that has weight before or after fails by itself. */
  readonly isFaulty: boolean;
}

/** The watcher tells of a write no later than this. */
const TOLD_WITHIN_MS = 2000;

/** What takes away or changes what is measured: of such a scenario only what concerns the steps themselves counts. */
const DISTURBING = ["outage", "metrics", "return", "restart", "delete", "scale", "weights"];

/** Whether the scenario took something away, or changed what the release works on. */
export function isDisturbed(sightings: readonly Sighting[]): boolean {
  return sightings.some((one) => one.kind === "act" && DISTURBING.includes(one.name));
}

/** In their order. `images`: how each image behaves; `entries`: none when there is no audit log. */
export function weightChanges(
  sightings: readonly Sighting[],
  services: readonly ServiceName[],
  images: Readonly<Record<string, Behaviour>>,
  entries: readonly AuditEntry[],
): readonly WeightChange[] {
  const writes = entries.filter(isRouteWrite);
  const view = createView();
  const changes: WeightChange[] = [];
  /** By route: when it was told of last. */
  const toldAt = new Map<string, number>();
  for (const one of sightings) {
    if (one.kind !== "object") continue;
    if (one.object.kind !== "VirtualService" || one.staged) {
      view.see(one);
      continue;
    }
    const before = services.map((service) => splitOf(view, service));
    view.see(one);
    const route = `${one.object.metadata.namespace}/${one.object.metadata.name}`;
    const since = Math.max(toldAt.get(route) ?? 0, one.at - TOLD_WITHIN_MS);
    toldAt.set(route, one.at);
    for (const [index, service] of services.entries()) {
      const [old, now] = [before[index] ?? {}, splitOf(view, service)];
      const candidate = candidateAmong(view, service, old, now);
      if (candidate === undefined || (old[candidate] ?? 0) === (now[candidate] ?? 0)) continue;
      changes.push({
        service: service.service,
        namespace: service.namespace,
        at: writtenAt(writes, route, since, one.at),
        before: old,
        after: now,
        candidate,
        isFaulty: withWeight(old, now).some((name) => fails(view, service.namespace, name, images)),
      });
    }
  }
  return changes;
}

/** Names of the versions that have weight before or after. */
export function withWeight(before: Split, after: Split): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => (before[name] ?? 0) > 0 || (after[name] ?? 0) > 0);
}

/** The candidate of the newest Experiment about these versions. */
function candidateAmong(view: View, at: ServiceName, before: Split, after: Split): string | undefined {
  const names = withWeight(before, after);
  const targets = view
    .list("Experiment", at.namespace)
    .map((one) => (one as Experiment).spec?.targetService)
    .filter((target) => target?.name === at.service && target.baseline !== undefined);
  return targets.findLast((target) => names.includes(target?.candidate ?? ""))?.candidate;
}

/** Whether it is a write of a route that was done. */
function isRouteWrite({ verb, objectRef, responseStatus }: AuditEntry): boolean {
  const isDone = (responseStatus?.code ?? 0) < 300;
  return objectRef?.resource === "virtualservices" && WRITE_VERBS.includes(verb) && isDone;
}

/** When the API server got the last write of the route in that time; `until` when it knows of none. */
function writtenAt(writes: readonly AuditEntry[], route: string, since: number, until: number): number {
  const times = writes
    .filter(({ objectRef }) => `${objectRef?.namespace}/${objectRef?.name}` === route)
    .map((entry) => Date.parse(entry.requestReceivedTimestamp))
    .filter((at) => at > since && at <= until);
  return times.length === 0 ? until : Math.max(...times);
}

function fails(
  view: View,
  namespace: string,
  name: string,
  images: Readonly<Record<string, Behaviour>>,
): boolean {
  const containers = view.get("Deployment", namespace, name)?.spec.template.spec["containers"] as
    | readonly { readonly image?: string }[]
    | undefined;
  return (containers ?? []).some(({ image = "" }) => {
    const behaviour = images[image];
    return isBad(behaviour) || isBad(behaviour?.then);
  });
}

/** Slow answers are answers. */
function isBad(conduct: Conduct | undefined): boolean {
  if (conduct === undefined) return false;
  const { errors = 0, crash, hang, pull, overload } = conduct;
  return errors > 0 || crash === true || hang === true || pull === false || overload !== undefined;
}
