/** A namespace with route objects, to which writes are done one by one; each step is checked. */
import { expect } from "vitest";
import type {
  Deployment,
  DestinationRule,
  RouteDestination,
  Service,
  VirtualService,
} from "../../../../steps/lib/ports/kinds.ts";
import { findRoutes } from "../../../../steps/lib/routes/find.ts";
import type { Plan } from "../../../../steps/lib/routes/plan.ts";
import type { Pair, Route, RouteTarget, RouteWrite } from "../../../../steps/lib/routes/route.ts";
import { routedSubsets } from "../../../../steps/lib/routes/subsets.ts";

export const TARGET: RouteTarget = { kind: "Deployment", service: "web", namespace: "shop", hosts: [] };
export const OWNER = { name: "web-v2", namespace: "shop" };
export const HOST = "web.shop.svc.cluster.local";
export const REVISION = "abc1234def5678abc1234def5678abc1234def56";

export const PAIR: Pair = {
  baseline: { name: "web-v1", labels: { app: "web", version: "v1" } },
  candidate: { name: "web-v2", labels: { app: "web", version: "v2" } },
};

export const SERVICE: Service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec: { selector: { app: "web" } },
};

export function deployment(
  name: string,
  labels: Readonly<Record<string, string>>,
  available = 1,
  annotations: Readonly<Record<string, string>> = {},
): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop", annotations },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: {} } },
    status: { availableReplicas: available },
  };
}

export const V1 = deployment("web-v1", { app: "web", version: "v1" });
export const V2 = deployment("web-v2", { app: "web", version: "v2" });

export function virtualService(
  name: string,
  spec: VirtualService["spec"],
  labels?: Record<string, string>,
): VirtualService {
  const metadata = { name, namespace: "shop", ...(labels && { labels }) };
  return { apiVersion: "networking.istio.io/v1beta1", kind: "VirtualService", metadata, spec };
}

export function destinationRule(
  name: string,
  spec: DestinationRule["spec"],
  labels?: Record<string, string>,
): DestinationRule {
  const metadata = { name, namespace: "shop", ...(labels && { labels }) };
  return { apiVersion: "networking.istio.io/v1beta1", kind: "DestinationRule", metadata, spec };
}

export function to(host: string, subset?: string, weight?: number): RouteDestination {
  return { destination: { host, ...(subset && { subset }) }, ...(weight !== undefined && { weight }) };
}

export function namespace(
  virtualServices: readonly VirtualService[] = [],
  destinationRules: readonly DestinationRule[] = [],
  target: RouteTarget = TARGET,
) {
  const kept = { VirtualService: [...virtualServices], DestinationRule: [...destinationRules] };

  function put<T extends VirtualService | DestinationRule>(
    list: T[],
    verb: RouteWrite["verb"],
    object: T,
  ): void {
    const at = list.findIndex(({ metadata }) => metadata.name === object.metadata.name);
    expect(at >= 0, `${verb} ${object.metadata.name}`).toBe(verb !== "create");
    if (at < 0) list.push(object);
    else list.splice(at, 1, ...(verb === "delete" ? [] : [object]));
  }

  /** Subsets that something routes to and no DestinationRule has. */
  function dangling(): readonly string[] {
    const there = kept.DestinationRule.flatMap(({ spec }) => (spec.subsets ?? []).map(({ name }) => name));
    return [...routedSubsets(kept.VirtualService, target)].filter((name) => !there.includes(name));
  }

  return {
    kept,
    route(): Route {
      const found = findRoutes(kept.VirtualService, kept.DestinationRule, target);
      if (found.kind === "refused") throw new Error(found.problem);
      return found.route;
    },
    write(planned: Plan | readonly RouteWrite[]): void {
      if ("kind" in planned && planned.kind === "refused") throw new Error(planned.problem);
      for (const write of "kind" in planned ? planned.writes : planned) {
        if (write.kind === "VirtualService") put(kept.VirtualService, write.verb, write.object);
        else put(kept.DestinationRule, write.verb, write.object);
        expect(dangling()).toEqual([]);
      }
    },
  };
}
