/** Versions whose pods are lost, replaced or late: users are sent to pods that serve. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VirtualRun } from "../../sandbox/virtual/pipeline.ts";
import type { VirtualWorld } from "../../sandbox/virtual/world.ts";
import type { Behaviour } from "../../sandbox/workloads/behaviour.ts";
import type { ExperimentStatus } from "../../steps/lib/experiment/schema.ts";
import type {
  Deployment,
  DestinationRule,
  KubeObject,
  Pod,
  ReplicaSet,
  VirtualService,
} from "../../steps/lib/ports/kinds.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import {
  deployment,
  EXPERIMENT,
  failuresIn,
  manifest,
  NAMESPACE,
  type ShopOptions,
  startShop,
} from "./shop.ts";

const HOUR_MS = 3_600_000;
/** Checks that are far apart, so that only what the loop does in between counts. */
const SLOW_CHECKS = EXPERIMENT.replace("interval: 2s", "interval: 60s");

let clock: VirtualClock;
let world: VirtualWorld;

beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(async () => {
  await world.stop();
});

async function shop(options: Omit<ShopOptions, "clock"> = {}, beforeMs = 5000): Promise<void> {
  world = startShop({ clock, ...options });
  await clock.runFor(beforeMs);
}

/** Without an experiment our default one decides. */
function push(pushed: string, experiment?: string): { readonly revision: string; readonly run: VirtualRun } {
  const revision = world.repository.push({
    "config/deploy.yaml": pushed,
    ...(experiment !== undefined && { "iter8/experiment.yaml": experiment }),
  });
  return { revision, run: world.start(revision) };
}

const candidate = (revision: string) => `web-${revision.slice(0, 7)}`;
const status = (revision: string) =>
  world.store.get("Experiment", NAMESPACE, candidate(revision))?.["status"] as ExperimentStatus | undefined;
const deployments = () => world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name);
const live = (name: string) => world.store.get<Deployment>("Deployment", NAMESPACE, name);
const scale = (name: string, replicas: number) =>
  world.stage(() => world.store.patch("Deployment", NAMESPACE, name, { spec: { replicas } }));
const weights = () => {
  const [route] = world.store.list<VirtualService>("VirtualService", NAMESPACE);
  return (route?.spec.http?.[0]?.route ?? [])
    .filter(({ weight = 100 }) => weight > 0)
    .map(({ destination, weight = 100 }) => `${destination.subset ?? "(all)"} ${weight}`);
};

const failures = (ms: number) => failuresIn(world, clock, ms);

async function runUntil(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 250) {
    if (waited > HOUR_MS) throw new Error("it did not come to that within an hour");
    await clock.runFor(250);
  }
}

describe("a baseline that is there and has no ready pods any more", () => {
  async function releaseThatLosesItsBaseline() {
    await shop({ scrapeMs: 5000 }, 60_000);
    const { revision, run } = push(manifest("example/web:2"));
    await runUntil(() => (status(revision)?.loop?.weights ?? []).length > 0);
    scale("web", 0);
    return { revision, run };
  }

  test("loses after 15 s, and all traffic goes to the candidate", async () => {
    const { revision, run } = await releaseThatLosesItsBaseline();
    const lost = clock.now();

    await runUntil(() => weights().join() === `${candidate(revision)} 100`);
    expect(clock.now() - lost).toBeLessThan(20_000);
    await clock.runUntil(run.over, HOUR_MS);

    expect(status(revision)?.outcome).toEqual({
      word: "error",
      reason: "BaselineGone",
      sentence: `web is there but has had no ready pod for 15 s: all traffic goes to ${candidate(revision)}, which was not judged; web was left as it is.`,
    });
    expect(live(candidate(revision))?.status?.readyReplicas).toBe(2);
    expect(await failures(10_000)).toBe(0);
  });

  test("under an older CRD, which does not keep since when, the loop goes on at its pace", async () => {
    await shop();
    const [crd] = world.store.list("CustomResourceDefinition");
    const older = JSON.stringify(crd, (key, value) => (key === "baselineDownSince" ? undefined : value));
    world.stage(() => world.store.replace(JSON.parse(older) as KubeObject));
    const { revision, run } = push(manifest("example/web:2"), SLOW_CHECKS);
    await runUntil(() => (status(revision)?.loop?.weights ?? []).length > 0);

    scale("web", 0);
    await clock.runFor(30_000);
    expect(status(revision)?.phase).not.toBe("Completed");
    scale("web", 2);

    await clock.runUntil(run.over, HOUR_MS);
    expect(status(revision)?.phase).toBe("Completed");
    expect(await failures(10_000)).toBe(0);
  });

  test("gets nothing by a SIGTERM either: the split stays, and the finally task goes on", async () => {
    const { revision, run } = await releaseThatLosesItsBaseline();
    await clock.runFor(5000);
    const split = weights();
    run.processes.get("wait-and-cleanup")?.terminate();
    await clock.runFor(250);

    expect(weights()).toEqual(split);
    expect(world.lines).toContain(
      "wait-and-cleanup: warning: Interrupted: web has no ready pods, so the split stays until somebody goes on.",
    );
    await clock.runUntil(run.over, HOUR_MS);
    expect(weights()).toEqual([`${candidate(revision)} 100`]);
  });

  test("does so as well when the process that saw it first was killed meanwhile", async () => {
    const { revision, run } = await releaseThatLosesItsBaseline();
    await clock.runFor(10_000);
    run.processes.get("wait-and-cleanup")?.kill();
    await clock.runUntil(run.over, HOUR_MS);

    expect(status(revision)?.outcome?.sentence).toContain("has had no ready pod for 15 s");
    expect(await failures(10_000)).toBe(0);
  });

  test("is removed by the next push, which compares with the version that serves", async () => {
    const { revision, run } = await releaseThatLosesItsBaseline();
    await clock.runUntil(run.over, HOUR_MS);
    await clock.runFor(300_000);
    const before = world.replies.failed;

    const next = push(manifest("example/web:3"));
    await clock.runUntil(next.run.over, HOUR_MS);

    expect(status(next.revision)?.outcome?.sentence).toContain(candidate(revision));
    expect(status(next.revision)?.outcome?.word).toBe("promoted");
    expect(deployments()).toEqual([candidate(next.revision)]);
    expect(world.replies.failed - before).toBe(0);
  });

  test("does not end a release when its only pod is back after 8 s", async () => {
    await shop({ replicas: 1 });
    const { revision, run } = push(manifest("example/web:2", { replicas: 1 }), EXPERIMENT);
    await runUntil(() => (status(revision)?.loop?.weights?.at(-1)?.candidate ?? 0) >= 20);
    scale("web", 0);
    await clock.runFor(8000);
    scale("web", 1);
    await clock.runUntil(run.over, HOUR_MS);

    expect(status(revision)?.outcome?.reason).not.toBe("BaselineGone");
  });
});

describe("a push while the route leads to a version without ready pods", () => {
  /** A release that was rolled back and could not remove its candidate; then the baseline goes down. */
  async function deadVersionBesideOneOfOurs() {
    await shop({ images: { "example/web:2": { errors: 40 } } });
    const { revision, run } = push(manifest("example/web:2"), EXPERIMENT);
    await runUntil(() => status(revision)?.loop?.verdict !== undefined);
    world.metrics.away = true;
    await clock.runUntil(run.over, HOUR_MS);
    world.metrics.away = false;
    scale("web", 0);
    await clock.runFor(200_000);
    expect(deployments()).toEqual(["web", candidate(revision)]);
    return candidate(revision);
  }

  test("does not remove the only version that is ready, and takes it as the live one", async () => {
    const left = await deadVersionBesideOneOfOurs();
    const next = push(manifest("example/web:3"), EXPERIMENT);
    await runUntil(() => weights().length > 0 && weights()[0] !== "web 100");

    expect(weights()).toEqual([`${left} 100`]);
    expect(deployments()).toContain(left);
    await clock.runUntil(next.run.over, HOUR_MS);
    expect(status(next.revision)?.outcome?.word).toBe("promoted");
    expect(await failures(10_000)).toBe(0);
  });

  test("of what that one runs already moves the traffic to a candidate that serves", async () => {
    const left = await deadVersionBesideOneOfOurs();
    const next = push(manifest("example/web:2"), EXPERIMENT);
    await clock.runUntil(next.run.over, HOUR_MS);

    expect(status(next.revision)?.outcome?.sentence).toContain("web had no ready pod when the release began");
    expect(deployments()).toContain(left);
    expect(weights()).toEqual([`${candidate(next.revision)} 100`]);
  });
});

describe("a push when the only version that there is crashes", () => {
  /** web-old, of an image that crashes as soon as it starts. */
  async function onlyOneThatCrashes() {
    await shop({ images: { "example/web:2": { crash: true } } });
    const broken = deployment("example/web:2", { name: "web-old" });
    world.stage(() => {
      world.store.remove("Deployment", NAMESPACE, "web");
      world.store.create({ ...broken, metadata: { ...broken.metadata, namespace: NAMESPACE } });
    });
    await clock.runFor(60_000);
  }

  test("moves all traffic to the new one as soon as that is available, and removes the old one", async () => {
    await onlyOneThatCrashes();

    const { run } = push(manifest("example/web:3"), EXPERIMENT);
    await clock.runUntil(run.over, HOUR_MS);

    expect(world.store.get("Experiment", NAMESPACE, "web")).toHaveProperty("status.outcome", {
      word: "first-deployment",
      reason: "FirstDeployment",
      sentence: expect.stringMatching(
        /^web is available and there was nothing to compare it with: web-old had no ready pod when the release began, container web crashed, exit code 1, \d+ restarts\.$/,
      ),
    });
    expect(deployments()).toEqual(["web"]);
    expect(weights()).toEqual([]);
    expect(await failures(120_000)).toBe(0);
  });

  test("of what it runs changes nothing, and says that nothing of it is ready", async () => {
    await onlyOneThatCrashes();

    const { revision, run } = push(manifest("example/web:2"), EXPERIMENT);
    await clock.runUntil(run.over, HOUR_MS);

    expect(world.repository.posted.findLast((one) => one.revision === revision)?.description).toBe(
      "No change: web-old runs this template already (none of its pods is ready).",
    );
    expect(deployments()).toEqual(["web-old"]);
  });
});

describe("a baseline that only its pod-template-hash tells from the candidate", () => {
  const subset = () =>
    world.store
      .list<DestinationRule>("DestinationRule", NAMESPACE)[0]
      ?.spec.subsets?.find(({ name }) => name === "web")?.labels?.["pod-template-hash"];
  /** Of the ReplicaSets of web, the one with ready pods. */
  const serving = () =>
    world.store
      .list<ReplicaSet>("ReplicaSet", NAMESPACE)
      .find(({ metadata, status }) => /^web-[^-]+$/.test(metadata.name) && (status?.readyReplicas ?? 0) > 0)
      ?.metadata.labels?.["pod-template-hash"];

  test("in a stuck rollout keeps its users while a push mends it", async () => {
    await shop();
    const { spec } = deployment("example/web:missing").spec.template;
    world.stage(() => world.store.patch("Deployment", NAMESPACE, "web", { spec: { template: { spec } } }));
    await clock.runFor(15_000);
    expect(await failures(5000)).toBe(0);

    const { revision, run } = push(manifest("example/web:2"), EXPERIMENT);
    await runUntil(() => subset() !== undefined);
    expect(subset()).toBe(serving());
    await clock.runUntil(run.over, HOUR_MS);

    expect(world.replies.failed).toBe(0);
    expect(status(revision)?.outcome?.word).toBe("promoted");
  });

  test("restarted between two checks gets its users back at the next look", async () => {
    await shop();
    const { revision, run } = push(manifest("example/web:2"), SLOW_CHECKS);
    await runUntil(() => (status(revision)?.loop?.weights?.at(-1)?.candidate ?? 0) >= 20);
    const old = subset();
    const metadata = { annotations: { "kubectl.kubernetes.io/restartedAt": "2030-01-01T00:00:00Z" } };
    world.stage(() =>
      world.store.patch("Deployment", NAMESPACE, "web", { spec: { template: { metadata } } }),
    );

    // 50 requests a second: the pods of the sandbox go at once, and the loop looks once a second.
    expect(await failures(40_000)).toBeLessThan(100);
    expect(subset()).not.toBe(old);
    expect(subset()).toBe(serving());
    expect(world.lines.filter((line) => line.includes("its subset follows them"))).toHaveLength(1);
    expect(weights()).toEqual(["web 80", `${candidate(revision)} 20`]);
    await clock.runUntil(run.over, HOUR_MS);
    expect(status(revision)?.outcome?.word).toBe("promoted");
  });
});

test("SIGTERM while a promoted candidate waits for pods: the baseline keeps the traffic, and stays", async () => {
  const slow: { "ready-after"?: number } & Behaviour = { latency: { p50: 20, p99: 40 } };
  await shop({ replicas: 4, images: { "example/web:2": slow } });
  const experiment = EXPERIMENT.replace("maxTrafficPercentage: 80", "maxTrafficPercentage: 40");
  const { revision, run } = push(manifest("example/web:2", { replicas: 1 }), experiment);
  await runUntil(() => (status(revision)?.currentIteration ?? 0) >= 6);
  // From now on the cluster has no room.
  Object.assign(slow, { "ready-after": HOUR_MS });
  await runUntil(() => status(revision)?.loop?.verdict !== undefined);
  await clock.runFor(3000);

  run.processes.get("wait-and-cleanup")?.terminate();
  await clock.runFor(1000);
  expect(weights()).toEqual(["web 100"]);
  await clock.runUntil(run.over, HOUR_MS);

  expect(status(revision)?.outcome).toMatchObject({
    word: "rolled-back",
    reason: "CandidateUnavailable",
    sentence: expect.stringContaining("only 2 of the 4 pods that it needs for all traffic became ready"),
  });
  expect(deployments()).toEqual(["web"]);
  expect(live("web")?.status?.readyReplicas).toBe(4);
});

test("the route is given back only when the loser's pods are gone, not just its Deployment", async () => {
  await shop({ images: { "example/web:2": { errors: 100 } } });
  const experiment = EXPERIMENT.replace("sampleSize: 10", "sampleSize: 10, stopOnFailure: true");
  const { revision, run } = push(manifest("example/web:2"), experiment);
  await runUntil(() => status(revision)?.loop?.verdict !== undefined);
  await runUntil(() => !deployments().includes(candidate(revision)));
  const before = world.replies.failed;

  // And when the proxies had time to hear of it.
  const pods = () =>
    world.store
      .list("Pod", NAMESPACE)
      .filter(({ metadata }) => metadata.name.startsWith(candidate(revision)));
  await runUntil(() => pods().length === 0);
  await clock.runFor(2500);
  expect(world.store.list("VirtualService", NAMESPACE)).toHaveLength(1);

  await clock.runUntil(run.over, HOUR_MS);
  await clock.runFor(10_000);

  expect(world.replies.failed - before).toBe(0);
  expect(world.store.list("VirtualService", NAMESPACE)).toEqual([]);
});

describe("the loser's pods that the Service's endpoints still name", () => {
  /** Promoted; the endpoints have not heard that a pod of the baseline is gone. */
  async function removedWithStaleEndpoints() {
    await shop();
    const { revision, run } = push(manifest("example/web:2"));
    await runUntil(() => status(revision)?.loop?.movedAt !== undefined);
    const [pod] = world.store.list<Pod>("Pod", NAMESPACE, { app: "web" });
    const stale: KubeObject = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "late", namespace: NAMESPACE, labels: { "kubernetes.io/service-name": "web" } },
      endpoints: [{ targetRef: { kind: "Pod", name: pod?.metadata.name } }],
    };
    world.stage(() => world.store.create(stale));
    await runUntil(() => !deployments().includes("web"));
    return { revision, run };
  }
  const hear = () => world.stage(() => world.store.remove("EndpointSlice", NAMESPACE, "late"));

  test("keep the route from being given back until they are gone", async () => {
    const { run } = await removedWithStaleEndpoints();
    await clock.runFor(30_000);
    expect(world.store.list("VirtualService", NAMESPACE)).toHaveLength(1);

    hear();
    await clock.runFor(10_000);

    expect(world.store.list("VirtualService", NAMESPACE)).toEqual([]);
    await clock.runUntil(run.over, HOUR_MS);
  });

  test("keep it for good when they stay, and the next release gives it back", async () => {
    const { revision, run } = await removedWithStaleEndpoints();
    await clock.runUntil(run.over, HOUR_MS);
    expect(weights()).toEqual([`${candidate(revision)} 100`]);
    expect(status(revision)?.outcome?.word).toBe("promoted");

    hear();
    const next = push(manifest("example/web:3"));
    await clock.runUntil(next.run.over, HOUR_MS);

    expect(deployments()).toEqual([candidate(next.revision)]);
    expect(world.store.list("VirtualService", NAMESPACE)).toEqual([]);
    expect(world.replies.failed).toBe(0);
  });
});
