import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAdmission } from "../../../sandbox/cluster/admission.ts";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import type { Store } from "../../../sandbox/cluster/store.ts";
import { podAddress } from "../../../sandbox/workloads/pod-status.ts";
import { startWorkloads, type Workloads } from "../../../sandbox/workloads/workloads.ts";
import type { Deployment, KubeObject, Pod } from "../../../steps/lib/ports/kinds.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { type ManualRuntime, manualRuntime } from "./manual-runtime.ts";

function deployment(image: string, replicas = 2): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
    },
  };
}

let clock: ManualClock;
let runtime: ManualRuntime;
let store: Store;
let workloads: Workloads;
let errors: unknown[];

beforeEach(() => {
  clock = manualClock();
  runtime = manualRuntime(["web:missing"]);
  store = createStore({ now: () => clock.now(), admit: createAdmission() });
  errors = [];
  workloads = startWorkloads({ store, runtime, clock, onError: (error) => errors.push(error) });
});

afterEach(async () => {
  await workloads.stop();
  expect(errors).toEqual([]);
});

/** Every container that still waits gets ready. */
function everythingGetsReady(): void {
  for (const [index, { listener, stopped }] of runtime.started.entries())
    if (!stopped) {
      listener.listening(40_000 + index);
      listener.ready();
    }
}

function read(): Deployment {
  const found = store.get<Deployment>("Deployment", "shop", "web");
  if (found === undefined) throw new Error("the Deployment is gone");
  return found;
}

function condition(type: string) {
  return read().status?.conditions?.find((one) => one.type === type);
}

function pods(): Pod[] {
  return store.list<Pod>("Pod", "shop");
}

function waiting({ status }: Pod | undefined = {} as Pod): string | undefined {
  return status?.containerStatuses?.[0]?.state?.waiting?.reason;
}

describe("a Deployment", () => {
  test("has its pods started, and is available when they are ready", () => {
    store.create(deployment("web:1"));
    expect(read().status).toMatchObject({ observedGeneration: 1, replicas: 2, updatedReplicas: 2 });
    expect(read().status).not.toHaveProperty("readyReplicas");
    expect(condition("Available")).toMatchObject({ status: "False", reason: "MinimumReplicasUnavailable" });
    everythingGetsReady();
    expect(read().status).toMatchObject({ readyReplicas: 2, availableReplicas: 2 });
    expect(condition("Available")).toMatchObject({ status: "True" });
    expect(condition("Progressing")).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable" });
  });

  test("gives its pods the hash of their template, and tells where they answer", () => {
    store.create(deployment("web:1", 1));
    everythingGetsReady();
    const [pod] = pods();
    const [set] = store.list("ReplicaSet", "shop");
    const hash = set?.metadata.labels?.["pod-template-hash"];
    expect(hash).toMatch(/^[0-9a-f]{10}$/);
    expect(pod?.metadata.labels).toEqual({ app: "web", "pod-template-hash": hash });
    expect(pod?.metadata.name).toMatch(new RegExp(`^web-${hash}-[a-z0-9]{5}$`));
    expect(pod?.status).toMatchObject({ phase: "Running" });
    expect(pod && podAddress(pod, 8080)).toEqual({ host: "127.0.0.1", port: 40_000 });
  });

  test("answers on the ports that its container lists, by number and by name, and on no other", () => {
    const { template, ...spec } = deployment("web:1", 1).spec;
    const containers = [{ name: "web", image: "web:1", ports: [{ name: "http", containerPort: 3000 }] }];
    store.create({
      ...deployment("web:1"),
      spec: { ...spec, template: { ...template, spec: { containers } } },
    });
    everythingGetsReady();
    const reached = ([3000, "http", 8080, "grpc"] as const).filter((port) =>
      podAddress(pods()[0] as Pod, port),
    );
    expect(reached).toEqual([3000, "http"]);
  });

  test("replaces its pods when the template changes, the old ones only when the new ones are ready", () => {
    store.create(deployment("web:1"));
    everythingGetsReady();
    store.patch("Deployment", "shop", "web", { spec: { template: deployment("web:2").spec.template } });
    expect(pods()).toHaveLength(4);
    expect(read().status).toMatchObject({
      observedGeneration: 2,
      replicas: 4,
      updatedReplicas: 2,
      readyReplicas: 2,
    });
    everythingGetsReady();
    expect(pods()).toHaveLength(2);
    expect(runtime.started.map(({ stopped }) => stopped)).toEqual([true, true, false, false]);
    expect(read().status).toMatchObject({ replicas: 2, updatedReplicas: 2, readyReplicas: 2 });
  });

  test("scales up and down", () => {
    store.create(deployment("web:1", 1));
    everythingGetsReady();
    store.patch("Deployment", "shop", "web", { spec: { replicas: 3 } });
    expect(pods()).toHaveLength(3);
    store.patch("Deployment", "shop", "web", { spec: { replicas: 1 } });
    expect(pods()).toHaveLength(1);
    expect(read().status).toMatchObject({ replicas: 1, readyReplicas: 1 });
    store.patch("Deployment", "shop", "web", { spec: { replicas: 0 } });
    expect(pods()).toEqual([]);
    expect(read().status).not.toHaveProperty("replicas");
  });

  test("takes its pods along when it is deleted", () => {
    store.create(deployment("web:1"));
    store.remove("Deployment", "shop", "web");
    expect(pods()).toEqual([]);
    expect(runtime.started.map(({ stopped }) => stopped)).toEqual([true, true]);
  });

  test("replaces a pod that somebody deletes", () => {
    store.create(deployment("web:1", 1));
    const [first] = pods();
    store.remove("Pod", "shop", first?.metadata.name ?? "");
    expect(pods()).toHaveLength(1);
    expect(pods()[0]?.metadata.uid).not.toBe(first?.metadata.uid);
  });

  test("numbers its ReplicaSets: the newest template has the highest revision, also one that comes back", () => {
    const revisions = () =>
      store
        .list("ReplicaSet")
        .map(({ metadata }) => Number(metadata.annotations?.["deployment.kubernetes.io/revision"]))
        .sort();
    const run = (image: string) => store.patch("Deployment", "shop", "web", { spec: deployment(image).spec });
    store.create(deployment("web:1"));
    expect(revisions()).toEqual([1]);
    run("web:2");
    expect(revisions()).toEqual([1, 2]);
    run("web:1");
    expect(revisions()).toEqual([2, 3]);
  });

  test("whose name a removed one had starts when the garbage collector has taken that one's ReplicaSet", async () => {
    const slow = createStore({
      now: () => clock.now(),
      collect: (work) => void clock.sleep(1000).then(work),
    });
    const late = startWorkloads({ store: slow, runtime, clock, onError: (error) => errors.push(error) });
    slow.create(deployment("web:1", 1));
    slow.remove("Deployment", "shop", "web");
    const { metadata } = slow.create(deployment("web:1", 1));
    await clock.advance(3000);
    expect(slow.list("ReplicaSet").map((set) => set.metadata.ownerReferences?.[0]?.uid)).toEqual([
      metadata.uid,
    ]);
    expect(slow.list("Pod")).toHaveLength(1);
    await late.stop();
  });

  test("that makes no progress for its deadline says so, and recovers when it gets ready after all", async () => {
    store.create(deployment("web:1", 1));
    await clock.advance(9_999);
    expect(condition("Progressing")).toMatchObject({ status: "True", reason: "ReplicaSetUpdated" });
    await clock.advance(1);
    expect(condition("Progressing")).toMatchObject({ status: "False", reason: "ProgressDeadlineExceeded" });
    everythingGetsReady();
    expect(condition("Progressing")).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable" });
  });

  test("that was available has no deadline when a pod fails later", async () => {
    store.create(deployment("web:1", 1));
    everythingGetsReady();
    runtime.started[0]?.listener.unready();
    await clock.advance(60_000);
    expect(condition("Available")).toMatchObject({ status: "False" });
    expect(condition("Progressing")).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable" });
  });

  test("that was there before the controllers started is run as well", async () => {
    const early = createStore({ now: () => clock.now() });
    early.create(deployment("web:1"));
    const late = startWorkloads({ store: early, runtime, clock, onError: (error) => errors.push(error) });
    expect(early.list("Pod")).toHaveLength(2);
    await late.stop();
    expect(runtime.started.every(({ stopped }) => stopped)).toBe(true);
  });

  test("with a strategy that the sandbox does not know is an error", () => {
    const object = deployment("web:1");
    store.create({ ...object, spec: { ...object.spec, strategy: { type: "Recreate" } } } as KubeObject);
    expect(errors.map(String)).toEqual([expect.stringContaining("RollingUpdate only, not Recreate")]);
    errors.length = 0;
  });
});

describe("a pod", () => {
  test("whose image is not there waits with a back-off", async () => {
    store.create(deployment("web:missing", 1));
    expect(waiting(pods()[0])).toBe("ErrImagePull");
    await clock.advance(1000);
    expect(waiting(pods()[0])).toBe("ImagePullBackOff");
    expect(pods()[0]?.status).toMatchObject({ phase: "Pending" });
    expect(JSON.stringify(pods()[0]?.status)).toContain("web:missing: not found");
  });

  test("whose container ends is started again, later each time", async () => {
    store.create(deployment("web:1", 1));
    everythingGetsReady();
    runtime.started[0]?.listener.exited(1);
    expect(waiting(pods()[0])).toBe("CrashLoopBackOff");
    expect(podAddress(pods()[0] as Pod, 8080)).toBeUndefined();
    expect(pods()[0]?.status?.containerStatuses?.[0]).toMatchObject({
      ready: false,
      restartCount: 0,
      lastState: { terminated: { exitCode: 1, reason: "Error" } },
    });
    await clock.advance(1000);
    expect(pods()[0]?.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 1 } },
    });
    runtime.started[1]?.listener.exited(137);
    await clock.advance(1000);
    expect(runtime.started).toHaveLength(2);
    await clock.advance(1000);
    expect(runtime.started).toHaveLength(3);
  });

  test("that is deleted is not started again", async () => {
    store.create(deployment("web:1", 1));
    runtime.started[0]?.listener.exited(1);
    store.remove("Deployment", "shop", "web");
    await clock.advance(60_000);
    expect(runtime.started).toHaveLength(1);
  });
});
