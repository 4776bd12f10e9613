/** The endpoints controller: who a Service sends to, as everybody may read it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import type { Store } from "../../../sandbox/cluster/store.ts";
import { virtualRuntime } from "../../../sandbox/virtual/runtime.ts";
import { startWorkloads, type Workloads } from "../../../sandbox/workloads/workloads.ts";
import type { EndpointSlice } from "../../../steps/lib/ports/kinds.ts";
import { createVirtualClock, type VirtualClock } from "../../support/virtual-clock.ts";

const NAMESPACE = "shop";
let clock: VirtualClock;
let store: Store;
let workloads: Workloads;

beforeEach(() => {
  clock = createVirtualClock();
  store = createStore({ now: clock.now });
  const onError = (error: unknown) => {
    throw error;
  };
  workloads = startWorkloads({
    store,
    clock,
    runtime: virtualRuntime(clock, { "example/web:1": {} }),
    onError,
  });
  const metadata = { name: "web", namespace: NAMESPACE };
  store.create({ apiVersion: "v1", kind: "Service", metadata, spec: { selector: { app: "web" } } });
  store.create({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "example/web:1" }] },
      },
    },
  });
});
afterEach(() => workloads.stop());

const slices = () =>
  store.list<EndpointSlice>("EndpointSlice", NAMESPACE, { "kubernetes.io/service-name": "web" });
const named = () =>
  slices()
    .flatMap(({ endpoints = [] }) => endpoints)
    .map(({ conditions, targetRef }) => `${targetRef?.name} ${conditions?.ready ? "ready" : "not ready"}`)
    .sort();
const pods = () =>
  store
    .list("Pod", NAMESPACE)
    .map(({ metadata }) => metadata.name)
    .sort();

test("a Service's slice names its pods, ready or not", async () => {
  expect(named()).toEqual(pods().map((name) => `${name} not ready`));

  await clock.runFor(1000);

  expect(named()).toEqual(pods().map((name) => `${name} ready`));
  expect(pods()).toHaveLength(2);
});

test("it follows pods that go, and goes with its Service", async () => {
  await clock.runFor(1000);
  store.patch("Deployment", NAMESPACE, "web", { spec: { replicas: 1 } });
  await clock.runFor(5000);

  expect(named()).toEqual(pods().map((name) => `${name} ready`));
  expect(pods()).toHaveLength(1);

  store.remove("Service", NAMESPACE, "web");
  await clock.runFor(5000);

  expect(slices()).toEqual([]);
});
