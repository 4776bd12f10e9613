/** Destinations as they are written: everything that the user said about theirs (port, headers) is kept. */
import type { RouteDestination } from "../ports/kinds.ts";
import { fullHost, isHostOf } from "./hosts.ts";
import type { Route, Version } from "./route.ts";
import { currentDestinations, soleDestination } from "./rules.ts";

/** The destination of one version. */
export function versionDestination(route: Route, { name }: Version, weight: number): RouteDestination {
  const { target } = route;
  const { destination, ...rest } = model(route);
  if (target.kind === "Deployment") return { ...rest, destination: { ...destination, subset: name }, weight };
  const spelled = currentDestinations(route).find((one) =>
    isHostOf(one.destination.host, name, target.namespace),
  );
  const host = spelled?.destination.host ?? fullHost(name, target.namespace);
  return { ...rest, destination: { ...destination, host }, weight };
}

/** All traffic to the Service itself, whatever pods it selects. */
export function plainDestination(route: Route): RouteDestination {
  const { weight: _weight, ...rest } = model(route);
  return rest;
}

/** The live destination without its subset: what every destination that we write is made from. */
function model(route: Route): RouteDestination {
  const { target } = route;
  const destinations = currentDestinations(route);
  const live = soleDestination(destinations) ?? destinations[0];
  if (live === undefined) {
    const port = target.port === undefined ? {} : { port: { number: target.port } };
    return { destination: { host: fullHost(target.service, target.namespace), ...port } };
  }
  const { subset: _subset, ...destination } = live.destination;
  return { ...live, destination };
}
