/** The users and the proxies' counters in virtual time: a quarter of a second of requests at once. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { Store } from "../cluster/store.ts";
import { MESH_KINDS, type MeshConfig, readMeshConfig } from "../mesh/mesh-config.ts";
import { routeRequest } from "../mesh/route-request.ts";
import type { Samples } from "../prometheus/samples.ts";
import type { ReplySeen } from "../scenario/sightings.ts";
import { type Behaviour, conductAt } from "../workloads/behaviour.ts";

export interface UsersOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly samples: Samples;
  readonly images: Readonly<Record<string, Behaviour>>;
  readonly namespace: string;
  readonly service: string;
  /** Requests per second. */
  readonly rate: number;
  readonly random: () => number;
  readonly onReply: (reply: ReplySeen) => void;
}

export interface Users {
  /** Counters stand still and samples get old while nothing is scraped. */
  scraping: boolean;
  /** The control plane is away: the proxies keep the routes that they have. */
  frozen: boolean;
  /** The control plane is back. */
  thaw(): void;
  stop(): void;
}

const TICK_MS = 250;
const NO_ANSWER_MS = 10_000;

export function startUsers(options: UsersOptions): Users {
  const { store, clock, samples, images, namespace, service, rate, random, onReply } = options;
  const host = `${service}.${namespace}.svc.cluster.local`;
  const counters = new Map<string, { labels: Readonly<Record<string, string>>; value: number }>();
  let config: MeshConfig | undefined;
  let owed = 0;
  let stopped = false;
  const users: Users = {
    scraping: true,
    frozen: false,
    thaw() {
      users.frozen = false;
      config = undefined;
    },
    stop() {
      stopped = true;
      unwatch();
    },
  };
  const unwatch = store.watch(({ object }) => {
    if (MESH_KINDS.has(object.kind) && !users.frozen) config = undefined;
  });

  const add = (name: string, labels: Readonly<Record<string, string>>, amount: number) => {
    const all = { __name__: name, ...labels };
    const key = JSON.stringify(all);
    const counter = counters.get(key) ?? { labels: all, value: 0 };
    counters.set(key, { ...counter, value: counter.value + amount });
  };

  const request = () => {
    config ??= readMeshConfig(store);
    const routed = routeRequest(config, host, { path: "/", headers: {} }, random);
    const endpoints = routed?.endpoints ?? [];
    const endpoint = endpoints[Math.floor(random() * endpoints.length)];
    const image = (endpoint?.pod["spec"] as { containers?: readonly { image?: string }[] } | undefined)
      ?.containers?.[0]?.image;
    const started = Date.parse(endpoint?.pod.metadata.creationTimestamp ?? "") || 0;
    const conduct = conductAt(images[image ?? ""] ?? {}, clock.now() - started);
    const bad = endpoint === undefined || conduct.hang === true || random() * 100 < (conduct.errors ?? 0);
    const status = endpoint === undefined ? 503 : conduct.hang === true ? 0 : bad ? 500 : 200;
    const labels = {
      reporter: "source",
      destination_workload: endpoint?.workload ?? "unknown",
      destination_workload_namespace: namespace,
      destination_service_name: routed?.service?.name ?? service,
      destination_service_namespace: namespace,
    };
    const latency = conduct.hang === true ? NO_ANSWER_MS : (conduct.latency?.p50 ?? 10);
    add("istio_requests_total", { ...labels, response_code: String(status) }, 1);
    add("istio_request_duration_milliseconds_sum", labels, latency);
    add("istio_request_duration_milliseconds_count", labels, 1);
    const now = clock.now();
    onReply({
      kind: "reply",
      at: now,
      sentAt: now,
      namespace,
      service,
      deployment: endpoint?.workload,
      status,
      from: endpoint === undefined ? "mesh" : "version",
    });
  };

  const live = async () => {
    while (!stopped) {
      await clock.sleep(TICK_MS);
      for (owed += (rate * TICK_MS) / 1000; owed >= 1; owed -= 1) request();
      if (users.scraping)
        for (const { labels, value } of counters.values()) samples.append(labels, clock.now(), value);
    }
  };
  void live();
  return users;
}
