/** The users and the proxies' counters in virtual time: a quarter of a second of requests at once. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { Store } from "../cluster/store.ts";
import { MESH_KINDS, type MeshConfig, readMeshConfig } from "../mesh/mesh-config.ts";
import { routeRequest } from "../mesh/route-request.ts";
import type { Samples } from "../prometheus/samples.ts";
import type { ReplySeen } from "../scenario/sightings.ts";
import { type Behaviour, type Conduct, conductAt } from "../workloads/behaviour.ts";
import { createArrivals } from "./arrivals.ts";
import { createProxyCounters } from "./proxy-counters.ts";
import { seededRandom } from "./random.ts";

export interface UsersOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly samples: Samples;
  readonly images: Readonly<Record<string, Behaviour>>;
  readonly namespace: string;
  readonly service: string;
  /** Requests per second. */
  readonly rate: number;
  /** Time between two scrapes in ms, a multiple of 250; 250 unless told. */
  readonly scrapeMs?: number | undefined;
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
/** When a user whom nobody answers leaves. */
const NO_ANSWER_MS = 10_000;

export function startUsers(options: UsersOptions): Users {
  const { store, clock, samples, images, namespace, service, rate, random, onReply } = options;
  const { scrapeMs = TICK_MS } = options;
  const host = `${service}.${namespace}.svc.cluster.local`;
  const counters = createProxyCounters();
  /** Of its own, so that a latency does not change who is asked next. */
  const randomLatency = seededRandom(1);
  const arrivals = createArrivals(clock);
  let underWay: readonly { readonly end: number; readonly answer: () => void }[] = [];
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

  const request = () => {
    config ??= readMeshConfig(store);
    const routed = routeRequest(config, host, { path: "/", headers: {} }, random);
    const endpoints = routed?.endpoints ?? [];
    const endpoint = endpoints[Math.floor(random() * endpoints.length)];
    const image = (endpoint?.pod["spec"] as { containers?: readonly { image?: string }[] } | undefined)
      ?.containers?.[0]?.image;
    const started = Date.parse(endpoint?.pod.metadata.creationTimestamp ?? "") || 0;
    const conduct = conductAt(images[image ?? ""] ?? {}, clock.now() - started);
    const arrived = conduct.overload === undefined ? 0 : arrivals.add(endpoint?.pod.metadata.name ?? "");
    const overloaded = conduct.overload !== undefined && arrived > conduct.overload.above;
    const errors = Math.max(conduct.errors ?? 0, overloaded ? (conduct.overload?.errors ?? 0) : 0);
    const bad = endpoint === undefined || conduct.hang === true || random() * 100 < errors;
    const status = endpoint === undefined ? 503 : conduct.hang === true ? 0 : bad ? 500 : 200;
    const labels = {
      reporter: "source",
      destination_workload: endpoint?.workload ?? "unknown",
      destination_workload_namespace: namespace,
      destination_service_name: routed?.service?.name ?? service,
      destination_service_namespace: namespace,
    };
    const sentAt = clock.now();
    const durationMs = conduct.hang === true ? NO_ANSWER_MS : latencyOf(conduct, randomLatency);
    const answer = () => {
      counters.count(labels, status, durationMs);
      onReply({
        kind: "reply",
        at: clock.now(),
        sentAt,
        namespace,
        service,
        deployment: endpoint?.workload,
        status,
        from: endpoint === undefined ? "mesh" : "version",
      });
    };
    // What is answered before the next tick is answered at once.
    if (durationMs < TICK_MS) answer();
    else underWay = [...underWay, { end: sentAt + durationMs, answer }];
  };

  const answerDue = () => {
    const due = underWay.filter(({ end }) => end <= clock.now());
    if (due.length === 0) return;
    underWay = underWay.filter(({ end }) => end > clock.now());
    for (const { answer } of due) answer();
  };

  const live = async () => {
    for (let nextScrape = clock.now() + scrapeMs; !stopped; ) {
      await clock.sleep(TICK_MS);
      answerDue();
      for (owed += (rate * TICK_MS) / 1000; owed >= 1; owed -= 1) request();
      if (clock.now() < nextScrape) continue;
      nextScrape += scrapeMs;
      if (users.scraping) counters.scrape(samples, clock.now());
    }
  };
  void live();
  return users;
}

/** As the demo app does it: with a 99th percentile beside the median, log-normal. */
function latencyOf({ latency }: Conduct, random: () => number): number {
  if (latency === undefined) return 10;
  const { p50, p99 } = latency;
  if (p50 === 0 || p99 === p50) return p50;
  const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return p50 * Math.exp((gauss * Math.log(p99 / p50)) / 2.3263);
}
