/** The spellings of a Service's host, and who answers for it. */
import type { VirtualService } from "../ports/kinds.ts";
import type { RouteTarget } from "./route.ts";

const MESH = "mesh";

/** `web`, `web.shop`, `web.shop.svc` and the full name, which is the last. */
export function serviceHosts(service: string, namespace: string): readonly string[] {
  const scoped = `${service}.${namespace}`;
  return [service, scoped, `${scoped}.svc`, fullHost(service, namespace)];
}

/** The host as we write it. */
export function fullHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}

/** Whether `host`, as it may be written in an object of the namespace, is the Service's. */
export function isHostOf(host: string, service: string, namespace: string): boolean {
  return serviceHosts(service, namespace).includes(host);
}

/** Whether `pattern` is a wildcard such as `*.shop.svc.cluster.local` that takes in `host`. */
export function isWildcardOf(pattern: string, host: string): boolean {
  return pattern.startsWith("*") && host.endsWith(pattern.slice(1));
}

/**
 * The host of `target` that `virtualService` answers for: the Service's own inside the mesh (a wildcard counts), or
 * one of the target's hosts at the same gateway (a wildcard does not count: there the exact host wins).
 */
export function coveredHost(virtualService: VirtualService, target: RouteTarget): string | undefined {
  const { hosts = [] } = virtualService.spec;
  const gateways = gatewaysOf(virtualService).map((name) => fullGateway(name, target.namespace));
  const own = fullHost(target.service, target.namespace);
  const inMesh = hosts.some(
    (host) => isHostOf(host, target.service, target.namespace) || isWildcardOf(host, own),
  );
  if (inMesh && gateways.includes(MESH)) return own;
  return target.hosts.find(
    ({ name, gateway }) => hosts.includes(name) && gateways.includes(fullGateway(gateway, target.namespace)),
  )?.name;
}

/** Whether every host is the Service's own and every gateway the mesh: nothing in it is the user's. */
export function isMeshOnly(virtualService: VirtualService, target: RouteTarget): boolean {
  const { hosts = [] } = virtualService.spec;
  return (
    hosts.every((host) => isHostOf(host, target.service, target.namespace)) &&
    gatewaysOf(virtualService).every((gateway) => gateway === MESH)
  );
}

/** The VirtualService answering, beside what it does already, for the target's Service and all its hosts. */
export function withHosts(virtualService: VirtualService, target: RouteTarget): VirtualService {
  const { service, namespace } = target;
  const { spec } = virtualService;
  const { hosts = [] } = spec;
  const own = hosts.some((host) => isHostOf(host, service, namespace)) ? [] : [fullHost(service, namespace)];
  const bound = gatewaysOf(virtualService).map((gateway) => fullGateway(gateway, namespace));
  const missing = target.hosts.filter(
    ({ name, gateway }) => !hosts.includes(name) || !bound.includes(fullGateway(gateway, namespace)),
  );
  if (own.length === 0 && missing.length === 0 && bound.includes(MESH)) return virtualService;
  const gateways = [...(spec.gateways ?? []), MESH, ...missing.map(({ gateway }) => gateway)];
  const names = [...hosts, ...own, ...missing.map(({ name }) => name)];
  return {
    ...virtualService,
    spec: { ...spec, hosts: [...new Set(names)], gateways: [...new Set(gateways)] },
  };
}

function gatewaysOf({ spec }: VirtualService): readonly string[] {
  return spec.gateways === undefined || spec.gateways.length === 0 ? [MESH] : spec.gateways;
}

/** `gw` in the namespace `shop` is `shop/gw`. */
function fullGateway(gateway: string, namespace: string): string {
  return gateway === MESH || gateway.includes("/") ? gateway : `${namespace}/${gateway}`;
}
