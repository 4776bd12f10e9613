/**
 * A route of ours that leads to nobody. Whoever deletes a Deployment and its Experiment, after the run was killed, leaves
 * such a one: nothing is there that knew of the release.
 */
import { podLabels, selects } from "../manifest/labels.ts";
import type { Deployment, Service } from "../ports/kinds.ts";
import { versionDestination } from "./destinations.ts";
import { behind, isAvailable } from "./live.ts";
import { addedSubsets } from "./marks.ts";
import { putVirtualService, release } from "./plan.ts";
import type { Route, RouteWrite } from "./route.ts";
import { currentDestinations, withDestinations } from "./rules.ts";
import { weightsOf } from "./weights.ts";

export interface Mended {
  /** The versions that are no more. */
  readonly dead: readonly string[];
  /** The version that gets all the traffic. */
  readonly heir: string;
  readonly writes: readonly RouteWrite[];
}

/**
 * All traffic to the version that is left, when one of our subsets has weight and no Deployment: to the only other one with
 * weight, else to the only available one that `service` selects. Undefined when nothing is dead, or no version is left alone.
 */
export function mend(route: Route, service: Service, deployments: readonly Deployment[]): Mended | undefined {
  const { target, virtualService } = route;
  if (target.kind === "Service" || virtualService === undefined) return undefined;
  const weights = weightsOf(virtualService, route.rule);
  const ours = addedSubsets(route.destinationRule);
  const weighted = currentDestinations(route).map((one) => {
    const { subset = "", host } = one.destination;
    const versions = behind(one, route, deployments);
    return { subset, weight: weights.get(subset || host) ?? 0, versions };
  });
  const serving = weighted.filter(({ weight }) => weight > 0);
  const dead = serving.filter(({ subset, versions }) => ours.includes(subset) && versions.length === 0);
  if (dead.length === 0) return undefined;
  const ready = deployments.filter((one) => selects(service, one) && isAvailable(one));
  const alive = serving.filter((one) => !dead.includes(one));
  const [heir, ...others] = alive.length > 0 ? alive.flatMap(({ versions }) => versions) : ready;
  if (heir === undefined || others.length > 0 || !ready.includes(heir)) return undefined;
  const version = { name: heir.metadata.name, labels: podLabels(heir) };
  const writes =
    ready.length === 1
      ? release(route, { baseline: version, candidate: version }, "candidate")
      : putVirtualService(
          virtualService,
          withDestinations(virtualService, route.rule, [versionDestination(route, version, 100)]),
        );
  return { dead: dead.map(({ subset }) => subset), heir: version.name, writes };
}
