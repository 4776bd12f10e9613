/** What the users may see: replies of versions that the route names, and no failure that only the mesh explains. */
import type { ReplySeen } from "../sightings.ts";
import { reachableVersions } from "./reachable.ts";
import type { Breach, Rule, RuleContext } from "./rule.ts";

/** How long after the scenario deleted or scaled a Deployment, or restarted the gateway, failures are its doing. */
const DISTURBED_MS = 10_000;

/** No version answers to which the route gives nothing; before the route names it, a candidate gets no request. */
export function routedRequestsRule(context: RuleContext): Rule {
  const reachable = reachableVersions(context);
  const told = new Set<string>();
  return {
    after(sighting, view) {
      reachable.see(sighting, view);
      if (sighting.kind !== "reply" || sighting.from !== "version") return [];
      const { deployment } = sighting;
      const possible = reachable.during(sighting, sighting.sentAt, sighting.at);
      if (deployment === undefined || possible.length === 0) return [];
      if (possible.some((names) => names.has(deployment)) || told.has(deployment)) return [];
      told.add(deployment);
      return [
        {
          at: sighting.at,
          sentence: `${deployment} answered a request of a user although the route gave it nothing`,
        },
      ];
    },
  };
}

/** Users' requests fail only through a version that is meant to be faulty, or after the scenario took something away. */
export function meshFailureRule(context: RuleContext): Rule {
  const { images, graceMs } = context;
  const reachable = reachableVersions(context);
  const failures = new Map<string, ReplySeen[]>();
  const faulty = new Set<string>();
  let disturbedAt = Number.NEGATIVE_INFINITY;
  const excused = (reply: ReplySeen) =>
    reply.sentAt - disturbedAt < DISTURBED_MS ||
    // Before a first deployment there is nobody who could answer.
    reachable
      .during(reply, Number.NEGATIVE_INFINITY, reply.sentAt - graceMs)
      .every((names) => names.size === 0) ||
    reachable
      .during(reply, reply.sentAt, reply.at)
      .some((names) => [...names].some((name) => faulty.has(`${reply.namespace}/${name}`)));
  return {
    after(sighting, view) {
      reachable.see(sighting, view);
      if (sighting.kind === "act" && sighting.name === "restart") disturbedAt = sighting.at;
      if (sighting.kind === "object") {
        const { object, staged, at } = sighting;
        if (object.kind !== "Deployment") return [];
        if (staged) disturbedAt = at;
        if (imagesOf(object).some((image) => canBreak(images[image]))) {
          faulty.add(`${object.metadata.namespace}/${object.metadata.name}`);
        }
      }
      if (sighting.kind !== "reply" || sighting.from !== "mesh" || excused(sighting)) return [];
      if (sighting.status !== 0 && sighting.status < 500) return [];
      const key = `${sighting.namespace}/${sighting.service} ${sighting.status}`;
      failures.set(key, [...(failures.get(key) ?? []), sighting]);
      return [];
    },
    end() {
      return [...failures.values()].flatMap((replies): readonly Breach[] => {
        const [first] = replies;
        const last = replies.at(-1);
        if (first === undefined || last === undefined) return [];
        const how = first.status === 0 ? "got no answer" : `failed with ${first.status}`;
        const time = `within ${((last.at - first.at) / 1000).toFixed(1)} s`;
        const sentence = `${replies.length} requests of users of ${first.service} ${how} ${time}, and no faulty version caused it`;
        return [{ at: first.at, sentence }];
      });
    },
  };
}

/** Failures of its own (a 500) come from a version; a mesh failure needs one that is gone or silent. */
function canBreak(image: RuleContext["images"][string] | undefined): boolean {
  return image?.pull === false || [image, image?.then].some((one) => one?.crash || one?.hang);
}

function imagesOf(object: unknown): readonly string[] {
  const { spec } = object as {
    spec?: { template?: { spec?: { containers?: readonly { image?: string }[] } } };
  };
  return (spec?.template?.spec?.containers ?? []).flatMap(({ image }) =>
    image === undefined ? [] : [image],
  );
}
