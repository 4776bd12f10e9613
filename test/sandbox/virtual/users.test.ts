import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import { createLocalMetrics } from "../../../sandbox/prometheus/local-metrics.ts";
import { createSamples } from "../../../sandbox/prometheus/samples.ts";
import type { ReplySeen } from "../../../sandbox/scenario/sightings.ts";
import { startUsers, type Users } from "../../../sandbox/virtual/users.ts";
import type { Behaviour } from "../../../sandbox/workloads/behaviour.ts";
import { edgesOf } from "../../../steps/lib/metrics/buckets.ts";
import { rangeSelector } from "../../../steps/lib/metrics/counter-selectors.ts";
import { readMetrics } from "../../../steps/lib/metrics/read.ts";
import { scrapeInterval } from "../../../steps/lib/metrics/scrape-interval.ts";
import type { ConfigMap } from "../../../steps/lib/ports/kinds.ts";
import { createVirtualClock, type VirtualClock } from "../../support/virtual-clock.ts";

const shipped = fileURLToPath(new URL("../../../config/metrics.yaml", import.meta.url));
const { metrics: definitions } = readMetrics(parse(readFileSync(shipped, "utf8")) as ConfigMap, [
  "iter8_error_rate",
  "iter8_latency",
]);
const WEB = { kind: "Deployment", name: "web", namespace: "shop", service: "web" } as const;

let clock: VirtualClock;
let users: Users;
let replies: ReplySeen[];
beforeEach(() => {
  clock = createVirtualClock();
  replies = [];
});
afterEach(() => users.stop());

/** Ten requests a second to Deployment web, one pod, for `ms`; gives what the shipped counters find of them. */
async function served(behaviour: Behaviour, ms: number, scrapeMs?: number) {
  const store = createStore({ now: () => clock.now() });
  const metadata = { name: "web", namespace: "shop", labels: { app: "web" } };
  const owner = (kind: string) => ({
    ownerReferences: [{ apiVersion: "apps/v1", kind, name: "web", uid: "1", controller: true }],
  });
  store.create({
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  });
  store.create({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { ...metadata, ...owner("Deployment") },
  });
  store.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, ...owner("ReplicaSet") },
    spec: { containers: [{ image: "web:1" }] },
  });
  const ready = { status: { conditions: [{ type: "Ready", status: "True" }] } };
  store.patch("Pod", "shop", "web", ready, { subresource: "status" });
  const samples = createSamples();
  users = startUsers({
    store,
    clock,
    samples,
    scrapeMs,
    images: { "web:1": behaviour },
    namespace: "shop",
    service: "web",
    rate: 10,
    random: () => 0.5,
    onReply: (reply) => replies.push(reply),
  });
  await clock.runFor(ms);
  const range = (selector: string) =>
    createLocalMetrics(samples).range(rangeSelector(selector, WEB, 60), clock.now());
  const [errors, latency] = definitions.map(({ counters }) => counters);
  if (errors?.kind !== "ratio" || latency?.kind !== "buckets") throw new Error("not as shipped");
  return {
    requests: await range(errors.requests),
    bad: await range(errors.bad),
    buckets: await range(latency.buckets),
    all: await range("istio_requests_total{$version_labels}"),
  };
}

const last = (series: { readonly samples: readonly { readonly value: number }[] } | undefined) =>
  series?.samples.at(-1)?.value;

describe("the counters of the users' proxy", () => {
  it("are found by the selectors that we ship, with the target that was scraped", async () => {
    const { requests, bad, buckets } = await served({ latency: { p50: 20, p99: 20 } }, 2000);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.labels).toMatchObject({ job: "envoy-stats", response_code: "200" });
    expect(requests[0]?.labels["instance"]).toBeDefined();
    expect(last(requests[0])).toBe(20);
    expect(bad).toEqual([]);
    expect(edgesOf(buckets)).toHaveLength(19);
    const upTo = (le: string) => last(buckets.find(({ labels }) => labels["le"] === le));
    expect([upTo("10"), upTo("25"), upTo("+Inf")]).toEqual([0, 20, 20]);
  });

  it("are scraped four times a second, or as often as is said", async () => {
    expect(scrapeInterval((await served({}, 2000)).requests)).toBe(250);
    users.stop();
    expect(scrapeInterval((await served({}, 20_000, 5000)).requests)).toBe(5000);
  });

  it("have a new series with the first error", async () => {
    const { requests, bad } = await served(parse("then: {after: 1000, errors: 100}"), 2000);
    expect(requests.map(({ labels }) => labels["response_code"])).toEqual(["200", "500"]);
    expect(bad).toHaveLength(1);
    expect((last(requests[0]) ?? 0) + (last(requests[1]) ?? 0)).toBe(20);
    expect(bad[0]?.samples.length).toBeLessThan(requests[0]?.samples.length ?? 0);
  });
});

describe("a request that nobody answers", () => {
  it("is counted with code 0 when its user leaves, which is no answer", async () => {
    const early = await served({ hang: true }, 9000);
    expect(early.all).toEqual([]);
    await clock.runFor(3000);
    expect(replies[0]).toMatchObject({ status: 0, at: (replies[0]?.sentAt ?? 0) + 10_000 });
  });

  it("is neither a request nor a bad one to the counters that we ship", async () => {
    const { requests, bad, buckets, all } = await served({ hang: true }, 12_000);
    expect(all.map(({ labels }) => labels["response_code"])).toEqual(["0"]);
    expect([requests, bad]).toEqual([[], []]);
    expect(last(buckets.find(({ labels }) => labels["le"] === "5000"))).toBe(0);
  });
});

it("latencies are spread around the median as the demo app spreads them", async () => {
  const { buckets } = await served({ latency: { p50: 80, p99: 200 } }, 50_000);
  const upTo = (le: string) => last(buckets.find(({ labels }) => labels["le"] === le)) ?? 0;
  // 500 requests: 72 % up to 100 ms, 99.8 % up to 250 ms.
  expect(upTo("100")).toBeGreaterThan(310);
  expect(upTo("100")).toBeLessThan(410);
  expect(upTo("250")).toBeGreaterThan(490);
});
