/** Which Deployments may get requests of a service, at every moment so far. */
import { type ServiceName, splitOf } from "../split.ts";
import type { View } from "../view.ts";
import { activeExperiments } from "./routes.ts";

interface Moment {
  readonly at: number;
  readonly names: ReadonlySet<string>;
}

export interface ReachableVersions {
  /** Takes down how it is from now on. */
  note(at: number, view: View): void;
  /** The sets that held at some time between the two moments, oldest first; none when nothing was known then. */
  during(service: ServiceName, from: number, until: number): readonly ReadonlySet<string>[];
}

export function reachableVersions(subjects: readonly ServiceName[]): ReachableVersions {
  const history = new Map<string, Moment[]>();
  return {
    note(at, view) {
      for (const subject of subjects) {
        const moments = history.get(keyOf(subject)) ?? [];
        history.set(keyOf(subject), moments);
        const names = reachable(view, subject);
        const last = moments.at(-1);
        if (last === undefined || [...last.names].sort().join() !== [...names].sort().join())
          moments.push({ at, names });
      }
    },
    during(service, from, until) {
      const moments = history.get(keyOf(service)) ?? [];
      const first = moments.findLastIndex(({ at }) => at <= from);
      return moments
        .slice(Math.max(0, first))
        .filter(({ at }) => at <= until)
        .map(({ names }) => names);
    },
  };
}

function reachable(view: View, subject: ServiceName): ReadonlySet<string> {
  const shares = Object.entries(splitOf(view, subject)).filter(([, percent]) => percent > 0);
  const names = new Set(shares.map(([name]) => name));
  // A route that names no version leads to every pod that the Service selects: for a candidate that is too early.
  if (names.size > 1 && !namesVersions(view, subject)) {
    for (const one of activeExperiments(view, subject))
      names.delete(one.spec?.targetService?.candidate ?? "");
  }
  return names;
}

function namesVersions(view: View, { namespace, service }: ServiceName): boolean {
  return view
    .list("VirtualService", namespace)
    .flatMap((one) => one.spec.http ?? [])
    .flatMap((one) => one.route ?? [])
    .some(
      ({ destination }) => destination.host.split(".")[0] === service && destination.subset !== undefined,
    );
}

function keyOf({ namespace, service }: ServiceName): string {
  return `${namespace}/${service}`;
}
