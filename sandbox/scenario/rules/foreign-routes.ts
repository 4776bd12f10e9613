/** Of a route that the users made only the destinations of one rule may change, and it is never deleted. */
import type { VirtualService } from "../../../steps/lib/ports/kinds.ts";
import { rulesOf, type ServiceName } from "../split.ts";
import type { View } from "../view.ts";
import type { Rule, RuleContext } from "./rule.ts";

export function foreignRouteRule({ subjects }: RuleContext): Rule {
  /** What must stay as it is, as text, by route. */
  const kept = new Map<string, string>();
  return {
    after(sighting, view) {
      if (sighting.kind !== "object" || sighting.object.kind !== "VirtualService") return [];
      const route = sighting.object as VirtualService;
      const name = `${route.metadata.namespace}/${route.metadata.name}`;
      if (sighting.staged) {
        // A route of a release does not become the users' when one of them changes it.
        if (sighting.change === "ADDED" || kept.has(name)) kept.set(name, keptPart(route, view, subjects));
        return [];
      }
      const before = kept.get(name);
      if (before === undefined) return [];
      if (sighting.change === "DELETED") {
        return [{ at: sighting.at, sentence: `VirtualService ${name}, which its users made, was deleted` }];
      }
      if (keptPart(route, view, subjects) === before) return [];
      return [
        {
          at: sighting.at,
          sentence: `VirtualService ${name} was changed in more than the destinations of the managed rule`,
        },
      ];
    },
  };
}

/** The object without the destinations of rules that lead to a released service, and without what a write always changes. */
function keptPart(route: VirtualService, view: View, subjects: readonly ServiceName[]): string {
  const { namespace, name, labels } = route.metadata;
  const managed = new Set(
    subjects
      .filter((subject) => subject.namespace === namespace)
      .flatMap((subject) => rulesOf(view, subject))
      .filter((one) => one.route.metadata.name === name)
      .map(({ index }) => index),
  );
  const http = (route.spec.http ?? []).map((rule, index) =>
    managed.has(index) ? { ...rule, route: [] } : rule,
  );
  return canonical({ labels, spec: { ...route.spec, http } });
}

/** JSON that does not depend on the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([first], [second]) => (first < second ? -1 : 1)))
      : one,
  );
}
