/** The world that most simulations play in: service `web` in `shop`, image example/web:1 live, and a push of another one. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { startVirtualWorld, type VirtualWorld } from "../../sandbox/virtual/world.ts";
import type { Behaviour } from "../../sandbox/workloads/behaviour.ts";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { Deployment, KubeObject, VirtualService } from "../../steps/lib/ports/kinds.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

export const NAMESPACE = "shop";

export interface ShopOptions {
  readonly clock: Clock;
  readonly images?: Readonly<Record<string, Behaviour>>;
  readonly rate?: number;
  readonly params?: Readonly<Record<string, string>>;
  /** Objects beside the Service and the live Deployment. */
  readonly more?: readonly KubeObject[];
  readonly replicas?: number;
  readonly experiment?: string;
  readonly seed?: number;
  /** Time between two scrapes in ms. */
  readonly scrapeMs?: number;
}

const FINE: Behaviour = { latency: { p50: 20, p99: 40 } };

/** Without one the loop would wait whether the pods stay up. */
const readinessProbe = { httpGet: { path: "/healthz", port: 8080 } };

export function deployment(image: string, { name = "web", replicas = 2 } = {}): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image, ports: [{ containerPort: 8080 }], readinessProbe }] },
      },
    },
  };
}

/** An autoscaler of the same name as the Deployment that it scales. */
export function autoscaler(
  name: string,
  limits: { readonly minReplicas?: number; readonly maxReplicas: number },
): KubeObject {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: NAMESPACE },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name }, ...limits },
  };
}

/** Every check in 2 s, 20 % a step. */
export const EXPERIMENT = `
apiVersion: iter8.tools/v1alpha1
kind: Experiment
metadata: {name: web}
spec:
  targetService: {name: web, apiVersion: v1, baseline: web, candidate: web}
  trafficControl: {strategy: check_and_increment, interval: 2s, trafficStepSize: 20, maxIterations: 6, maxTrafficPercentage: 80}
  analysis:
    successCriteria:
      - {metricName: iter8_error_rate, toleranceType: threshold, tolerance: 0.02, sampleSize: 10}
`;

/** A route of the users, with a rule of theirs beside the one that the release manages. */
export const OWN_ROUTE: VirtualService = {
  apiVersion: "networking.istio.io/v1beta1",
  kind: "VirtualService",
  metadata: { name: "web", namespace: NAMESPACE, labels: { team: "shop" } },
  spec: {
    hosts: ["web"],
    http: [
      { name: "old", match: [{ uri: { prefix: "/old" } }], route: [{ destination: { host: "archive" } }] },
      { name: "pages", timeout: "5s", route: [{ destination: { host: "web", port: { number: 8080 } } }] },
    ],
  },
};

/** How the release of `web` reaches its users. */
export const WAYS = ["mesh", "own route", "hosts"] as const;

/** EXPERIMENT for one of the ways. */
export function experimentFor(way: (typeof WAYS)[number]): string {
  const target = "  targetService: {name: web, apiVersion: v1, baseline: web, candidate: web}\n";
  switch (way) {
    case "mesh":
      return EXPERIMENT;
    case "own route":
      return EXPERIMENT.replace(
        target,
        `${target}  routing: {kind: VirtualService, name: web, rule: pages}\n`,
      );
    case "hosts":
      return EXPERIMENT.replace(
        "candidate: web}",
        "candidate: web, hosts: [{name: shop.example.com, gateway: shop}]}",
      );
  }
}

export function manifest(image: string, options?: { name?: string; replicas?: number }): string {
  return JSON.stringify(deployment(image, options));
}

/** How many of the users' requests in the next `ms` fail. */
export async function failuresIn(world: VirtualWorld, clock: VirtualClock, ms: number): Promise<number> {
  const before = world.replies.failed;
  await clock.runFor(ms);
  return world.replies.failed - before;
}

export function startShop(options: ShopOptions): VirtualWorld {
  const live = deployment("example/web:1", { replicas: options.replicas ?? 2 });
  return startVirtualWorld({
    clock: options.clock,
    service: "web",
    namespace: NAMESPACE,
    images: { "example/web:1": FINE, "example/web:2": FINE, "example/web:3": FINE, ...options.images },
    rate: options.rate ?? 50,
    files: {},
    ...(options.params && { params: options.params }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.scrapeMs !== undefined && { scrapeMs: options.scrapeMs }),
    cluster: [
      ...metricConfigMaps(),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: NAMESPACE },
        spec: { selector: { app: "web" }, ports: [{ name: "http", port: 8080 }] },
      },
      { ...live, metadata: { ...live.metadata, namespace: NAMESPACE } },
      ...(options.more ?? []),
    ],
  });
}

/** The ConfigMaps that are shipped. */
function metricConfigMaps(): readonly KubeObject[] {
  return ["metrics", "metrics-seconds"].map((file) => {
    const path = fileURLToPath(new URL(`../../config/${file}.yaml`, import.meta.url));
    const object = parse(readFileSync(path, "utf8")) as KubeObject;
    return { ...object, metadata: { ...object.metadata, namespace: "tekton-canary" } };
  });
}
