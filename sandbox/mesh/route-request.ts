/** From a request to the pods that may answer it, by the mesh's configuration. Pure: randomness comes in. */
import { parseDuration } from "../../steps/lib/experiment/duration.ts";
import { chooseDestination, type RoutableRequest } from "./choose-destination.ts";
import type { Destination } from "./istio-objects.ts";
import {
  type Endpoint,
  fullName,
  type HostRoute,
  isSuperset,
  type MeshConfig,
  type MeshPort,
  type MeshService,
} from "./mesh-config.ts";

/** `service` is undefined when the route names one that does not exist. No endpoints means that share gets a 503. */
export interface Routed {
  readonly service: MeshService | undefined;
  readonly endpoints: readonly Endpoint[];
  /** Of the service; undefined when it has none or not the one that the route names. */
  readonly port: MeshPort | undefined;
  readonly path: string;
  readonly timeoutMs: number | undefined;
  /** How often a request that reached no pod is tried again. */
  readonly retries: number;
}

/** Istio's default. */
const RETRIES = 2;

/**
 * `host` is the request's Host header. The oldest VirtualService for exactly that host decides; then the plain
 * Service; then VirtualServices with wildcards. Undefined (a 404) when nobody knows the host or no rule matches.
 */
export function routeRequest(
  config: MeshConfig,
  host: string,
  request: RoutableRequest,
  random: () => number,
): Routed | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  const service = serviceName(name);
  const exact = config.routes.find(
    ({ hosts, inMesh, atGateway }) =>
      (inMesh && service !== undefined && (hosts.includes(service) || hosts.includes(name))) ||
      (atGateway && hosts.includes(name)),
  );
  if (exact !== undefined) return byRules(config, exact, request, random);
  const plain = service === undefined ? undefined : config.services.get(service);
  if (plain !== undefined)
    return {
      service: plain,
      endpoints: plain.endpoints,
      port: plain.ports[0],
      path: request.path,
      timeoutMs: undefined,
      retries: RETRIES,
    };
  const wildcard = longestWildcard(config.routes, name);
  return wildcard === undefined ? undefined : byRules(config, wildcard, request, random);
}

function byRules(
  config: MeshConfig,
  { rules, namespace }: HostRoute,
  request: RoutableRequest,
  random: () => number,
): Routed | undefined {
  const choice = chooseDestination(rules, request, random);
  if (choice === undefined) return undefined;
  const { rule, destination, path } = choice;
  const host = destination === undefined ? undefined : fullName(destination.host, namespace);
  const service = host === undefined ? undefined : config.services.get(host);
  const number = destination?.port?.number ?? service?.ports[0]?.port;
  return {
    service,
    endpoints:
      service === undefined || destination === undefined ? [] : endpointsOf(config, service, destination),
    port: service?.ports.find(({ port }) => port === number),
    path,
    // Zero switches the limit off.
    timeoutMs: parseDuration(rule.timeout ?? "0") || undefined,
    retries: rule.retries?.attempts ?? RETRIES,
  };
}

/** A subset or port that nobody defined has no pods. */
function endpointsOf(
  config: MeshConfig,
  service: MeshService,
  { subset, port }: Destination,
): readonly Endpoint[] {
  if (port !== undefined && service.ports.every((one) => one.port !== port.number)) return [];
  if (subset === undefined) return service.endpoints;
  const labels = config.subsets.get(`${fullName(service.name, service.namespace)}/${subset}`);
  if (labels === undefined) return [];
  return service.endpoints.filter(({ pod }) => isSuperset(pod.metadata.labels ?? {}, labels));
}

/** `<service>.<namespace>` with or without the cluster's domain, as callers write it; in full. */
function serviceName(host: string): string | undefined {
  const [, name, namespace] = /^([^.]+)\.([^.]+)(?:\.svc(?:\.cluster\.local)?)?$/.exec(host) ?? [];
  return name === undefined || namespace === undefined ? undefined : fullName(name, namespace);
}

function longestWildcard(routes: readonly HostRoute[], host: string): HostRoute | undefined {
  let best: HostRoute | undefined;
  let length = 0;
  for (const route of routes) {
    for (const pattern of route.atGateway ? route.hosts : []) {
      const matches = pattern.startsWith("*") && host.endsWith(pattern.slice(1));
      if (matches && pattern.length > length) [best, length] = [route, pattern.length];
    }
  }
  return best;
}
