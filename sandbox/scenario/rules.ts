/**
 * The watcher: the rules of a release that hold whatever happens, checked from outside on what was seen. Pure: the same
 * sightings give the same breaches.
 */
import { deletionRule } from "./rules/deletions.ts";
import { foreignRouteRule } from "./rules/foreign-routes.ts";
import { outcomeRule, secretsRule } from "./rules/output.ts";
import { experimentsRule, maximumRule, routeRule } from "./rules/routes.ts";
import type { Breach, Rule, RuleContext } from "./rules/rule.ts";
import { scopeRule } from "./rules/scope.ts";
import { safeEndRule, statusRule } from "./rules/statuses.ts";
import { meshFailureRule, routedRequestsRule } from "./rules/traffic.ts";
import type { Sighting } from "./sightings.ts";
import { createView } from "./view.ts";

/** Every breach in the order of time, as a sentence that starts with the time since the first sighting. */
export function violations(sightings: readonly Sighting[], context: RuleContext): readonly string[] {
  const rules: readonly Rule[] = [
    routeRule(context),
    maximumRule(context),
    experimentsRule(context),
    deletionRule(context),
    foreignRouteRule(context),
    routedRequestsRule(context),
    meshFailureRule(context),
    statusRule(context),
    safeEndRule(context),
    scopeRule(context),
    outcomeRule(),
    secretsRule(context),
  ];
  const view = createView();
  const breaches: Breach[] = [];
  for (const sighting of sightings) {
    for (const rule of rules) breaches.push(...(rule.before?.(sighting, view) ?? []));
    if (sighting.kind === "object") view.see(sighting);
    for (const rule of rules) breaches.push(...(rule.after?.(sighting, view) ?? []));
  }
  const start = sightings[0]?.at ?? 0;
  const end = sightings.at(-1)?.at ?? start;
  for (const rule of rules) breaches.push(...(rule.end?.(view, end) ?? []));
  return breaches
    .sort((one, other) => one.at - other.at)
    .map(({ at, sentence }) => `at ${((at - start) / 1000).toFixed(1)} s: ${sentence}`);
}
