/** What a route may say: sums, who may have a weight, how much, and never more than two versions. */
import type { HttpRule } from "../../../steps/lib/ports/kinds.ts";
import type { Experiment } from "../frame.ts";
import type { Sighting } from "../sightings.ts";
import {
  destinations,
  readyPods,
  rulesOf,
  type ServiceName,
  type Split,
  selectedBy,
  splitOf,
  weightOf,
} from "../split.ts";
import type { View } from "../view.ts";
import type { Breach, Rule, RuleContext } from "./rule.ts";

/** Whether somebody (not the scenario) wrote a route just now. */
function routeWritten(sighting: Sighting): boolean {
  return (
    sighting.kind === "object" &&
    !sighting.staged &&
    sighting.change !== "DELETED" &&
    sighting.object.kind === "VirtualService"
  );
}

/** Weights sum to 100 or 1000, at most two versions in a rule, and more weight only for a Deployment with ready pods. */
export function routeRule({ subjects, graceMs }: RuleContext): Rule {
  let before: readonly Split[] = [];
  const lastReady = new Map<string, number>();
  return {
    before(sighting, view) {
      if (routeWritten(sighting)) before = subjects.map((subject) => splitOf(view, subject));
      if (sighting.kind === "object" && sighting.object.kind === "Deployment") {
        const { namespace = "", name } = sighting.object.metadata;
        if (readyPods(view.get("Deployment", namespace, name)) > 0)
          lastReady.set(`${namespace}/${name}`, sighting.at);
      }
      return [];
    },
    after(sighting, view) {
      if (!routeWritten(sighting)) return [];
      return subjects.flatMap((subject, index) => [
        ...rulesOf(view, subject).flatMap(({ route, rule }) =>
          ruleProblems(rule).map((problem) => ({
            at: sighting.at,
            sentence: `VirtualService ${subject.namespace}/${route.metadata.name} ${problem}`,
          })),
        ),
        ...unready(view, subject, before[index] ?? {}, splitOf(view, subject))
          // Whoever wrote the route may have seen the pod that is gone now.
          .filter(({ name }) => sighting.at - (lastReady.get(name) ?? Number.NEGATIVE_INFINITY) > graceMs)
          .map(({ name, percent }) => ({
            at: sighting.at,
            sentence: `Deployment ${name} got weight ${percent} without a ready pod`,
          })),
      ]);
    },
  };
}

function ruleProblems(rule: HttpRule): readonly string[] {
  const parts = destinations(rule);
  const sum = parts.reduce((total, one) => total + weightOf(one, parts.length), 0);
  const versions = new Set(parts.map((one) => `${one.destination.host}/${one.destination.subset ?? ""}`));
  return [
    ...(sum === 100 || sum === 1000 ? [] : [`has weights that sum to ${sum}, not to 100 or 1000`]),
    ...(versions.size <= 2
      ? []
      : [`routes to ${versions.size} versions in one rule, so to more than one candidate`]),
  ];
}

function unready(
  view: View,
  subject: ServiceName,
  before: Split,
  now: Split,
): readonly { readonly name: string; readonly percent: number }[] {
  if (!selectedBy(view, subject).some((one) => readyPods(one) > 0)) return [];
  return Object.entries(now)
    .filter(([name, percent]) => percent > (before[name] ?? 0))
    .filter(([name]) => readyPods(view.get("Deployment", subject.namespace, name)) === 0)
    .map(([name, percent]) => ({ name: `${subject.namespace}/${name}`, percent }));
}

/** The candidate stays at or below maxTrafficPercentage unless it gets everything in the end. */
export function maximumRule({ subjects }: RuleContext): Rule {
  const peaks: { at: number; key: string; candidate: string; percent: number; most: number }[] = [];
  const ends = new Map<string, string>();
  return {
    after(sighting, view) {
      if (sighting.kind === "object" && sighting.object.kind === "Experiment") {
        const { status, metadata } = sighting.object as Experiment;
        if (status?.outcome) ends.set(keyOf(metadata), `${status.outcome.word} ${status.outcome.reason}`);
      }
      if (!routeWritten(sighting)) return [];
      return subjects.flatMap((subject) => {
        const split = splitOf(view, subject);
        return activeExperiments(view, subject).flatMap((experiment): readonly Breach[] => {
          const candidate = experiment.spec?.targetService?.candidate;
          const percent = candidate === undefined ? 0 : (split[candidate] ?? 0);
          const most = maximumOf(experiment);
          if (candidate === undefined || percent <= most) return [];
          // Decided for it; what comes of that is another matter (somebody may delete it the next moment).
          if (percent === 100 && experiment.status?.loop?.verdict?.winner === "candidate") return [];
          if (percent === 100) {
            peaks.push({ at: sighting.at, key: keyOf(experiment.metadata), candidate, percent, most });
            return [];
          }
          return [{ at: sighting.at, sentence: tooMuch(candidate, percent, most) }];
        });
      });
    },
    end() {
      return peaks
        .filter(({ key }) => !/^(promoted|first-deployment|error BaselineGone)/.test(ends.get(key) ?? ""))
        .map(({ at, candidate, percent, most }) => ({ at, sentence: tooMuch(candidate, percent, most) }));
    },
  };
}

/** At no time two experiments of one service are under way. */
export function experimentsRule({ subjects }: RuleContext): Rule {
  return {
    after(sighting, view) {
      if (sighting.kind !== "object" || sighting.object.kind !== "Experiment" || sighting.change !== "ADDED")
        return [];
      return subjects.flatMap((subject) => {
        const names = activeExperiments(view, subject).map((one) => one.metadata.name);
        if (names.length < 2) return [];
        return [
          {
            at: sighting.at,
            sentence: `service ${subject.service} has ${names.length} active experiments: ${names.join(", ")}`,
          },
        ];
      });
    },
  };
}

/** The service's experiments that have no outcome yet. */
export function activeExperiments(view: View, { namespace, service }: ServiceName): readonly Experiment[] {
  return view
    .list("Experiment", namespace)
    .map((one): Experiment => one)
    .filter((one) => one.spec?.targetService?.name === service)
    .filter((one) => one.status?.outcome === undefined && one.status?.phase !== "Completed");
}

function maximumOf({ spec }: Experiment): number {
  const control = spec?.trafficControl ?? {};
  if (control.maxTrafficPercentage !== undefined) return control.maxTrafficPercentage;
  return Math.max(50, ...(control.steps ?? []));
}

function keyOf(metadata: Experiment["metadata"]): string {
  return metadata.uid ?? `${metadata.namespace}/${metadata.name}`;
}

function tooMuch(candidate: string, percent: number, most: number): string {
  return `candidate ${candidate} got ${percent} % of the traffic, at most ${most} % is allowed before it is promoted`;
}
