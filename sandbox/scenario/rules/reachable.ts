/** Which Deployments may get requests of a service, at every moment so far: by the route, or by an older one while nobody tells the mesh. */
import type { Sighting } from "../sightings.ts";
import { type ServiceName, splitOf } from "../split.ts";
import type { View } from "../view.ts";
import { activeExperiments } from "./routes.ts";
import type { RuleContext } from "./rule.ts";

interface Moment {
  readonly at: number;
  readonly names: ReadonlySet<string>;
}

export interface ReachableVersions {
  /** Takes down how it is from now on; `view` is how it is with the sighting. */
  see(sighting: Sighting, view: View): void;
  /**
   * The sets that the mesh may have gone by between the two moments, oldest first; none when nothing was known then. What
   * held `graceMs` before is one of them, and all since an outage of the mesh, or of the API that it hears from, began.
   */
  during(service: ServiceName, from: number, until: number): readonly ReadonlySet<string>[];
}

export function reachableVersions({
  subjects,
  graceMs,
  deafMs,
}: Pick<RuleContext, "subjects" | "graceMs" | "deafMs">): ReachableVersions {
  const history = new Map<string, Moment[]>();
  const outages: { readonly from: number; until: number }[] = [];
  return {
    see(sighting, view) {
      const { at } = sighting;
      if (sighting.kind === "act") {
        const [, what = "", part = ""] = /^(outage|return) of (mesh|api)\b/.exec(sighting.text) ?? [];
        const last = outages.at(-1);
        if (what === "outage") outages.push({ from: at, until: Number.POSITIVE_INFINITY });
        else if (what === "return" && last !== undefined) last.until = at + (part === "api" ? deafMs : 0);
      }
      if (sighting.kind !== "object") return;
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
      const away = outages.find((one) => one.from <= until && one.until >= from - graceMs);
      const earliest = Math.min(from, away?.from ?? from) - graceMs;
      const first = moments.findLastIndex(({ at }) => at <= earliest);
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
