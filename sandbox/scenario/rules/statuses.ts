/** What the commit is told: exactly one terminal status for each start, and only when the release is whole. */
import type { StatusSeen } from "../sightings.ts";
import { readyPods, type ServiceName, selectedBy, splitOf } from "../split.ts";
import type { View } from "../view.ts";
import { activeExperiments } from "./routes.ts";
import type { Breach, Rule, RuleContext } from "./rule.ts";

/** Acts after which a commit may rightly stay without a terminal status: nobody could tell, or nobody was left to. */
const SILENCING = /^(github (down|wrong-token)|cancel hard|api)/;

/** One terminal status after each pending one, never two, and in the end none is missing. */
export function statusRule(_context: RuleContext): Rule {
  const newest = new Map<string, StatusSeen>();
  let silenced = false;
  return {
    before(sighting) {
      if (sighting.kind === "act" && SILENCING.test(sighting.text)) silenced = true;
      if (sighting.kind !== "status") return [];
      const key = `${sighting.revision} ${sighting.context}`;
      const last = newest.get(key);
      newest.set(key, sighting);
      if (sighting.state === "pending" || last === undefined || last.state === "pending") return [];
      return [
        {
          at: sighting.at,
          sentence: `commit ${short(sighting)} got a second terminal status (${last.state}, then ${sighting.state}) as ${sighting.context}`,
        },
      ];
    },
    end(_view, at) {
      if (silenced) return [];
      return [...newest.values()]
        .filter(({ state }) => state === "pending")
        .map((status) => ({
          at,
          sentence: `commit ${short(status)} was never told how ${status.context} ended`,
        }));
    },
  };
}

/** When a commit is told the end, all traffic is on one version that exists and has ready pods. */
export function safeEndRule({ subjects }: RuleContext): Rule {
  return {
    after(sighting, view) {
      if (sighting.kind !== "status" || sighting.state === "pending") return [];
      return subjects
        .filter((subject) => concerns(sighting, subject) && activeExperiments(view, subject).length === 0)
        .flatMap((subject) => unsafe(view, subject, sighting));
    },
  };
}

function unsafe(view: View, subject: ServiceName, status: StatusSeen): readonly Breach[] {
  // Before a first deployment, or when its first version never came up, there is nothing that could serve.
  if (!selectedBy(view, subject).some((one) => readyPods(one) > 0)) return [];
  const split = Object.entries(splitOf(view, subject)).filter(([, percent]) => percent > 0);
  const only = split.length === 1 ? split[0]?.[0] : undefined;
  if (only !== undefined && readyPods(view.get("Deployment", subject.namespace, only)) > 0) return [];
  const shares = split.map(([name, percent]) => `${name} ${percent} %`).join(", ") || "nobody";
  const sentence = `commit ${short(status)} was told ${status.state} while the traffic of ${subject.service} went to ${shares}`;
  return [{ at: status.at, sentence: only === undefined ? sentence : `${sentence}, which has no ready pod` }];
}

/** With one service every status is about it; with several the context tells. */
function concerns(status: StatusSeen, { service, namespace }: ServiceName): boolean {
  return !status.context.startsWith("canary/") || status.context === `canary/${namespace}/${service}`;
}

function short({ revision }: StatusSeen): string {
  return revision.slice(0, 7);
}
