/** Releases that are killed, cancelled, overtaken and tampered with: each ends whole, and says so. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunOptions, VirtualRun } from "../../sandbox/virtual/pipeline.ts";
import type { VirtualWorld } from "../../sandbox/virtual/world.ts";
import type { Behaviour } from "../../sandbox/workloads/behaviour.ts";
import type { Lease } from "../../steps/lib/ports/kinds.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { EXPERIMENT, manifest, NAMESPACE, type ShopOptions, startShop } from "./shop.ts";

const HOUR_MS = 3_600_000;
// biome-ignore lint/suspicious/noThenProperty: the word that scenario files use
const CRASHES_LATER: Behaviour = { then: { after: 6000, crash: true } };

let clock: VirtualClock;
let world: VirtualWorld;

/** What the watcher may have seen. */
let breaches: readonly RegExp[];

beforeEach(() => {
  clock = createVirtualClock();
  breaches = [];
});
afterEach(async () => {
  expect(world.violations().filter((one) => !breaches.some((pattern) => pattern.test(one)))).toEqual([]);
  await world.stop();
});

async function shopWithPush(image: string, options: Omit<ShopOptions, "clock"> = {}): Promise<string> {
  world = startShop({ clock, ...options });
  await clock.runFor(5000);
  return push(image);
}

function push(image: string): string {
  return world.repository.push({
    "config/deploy.yaml": manifest(image),
    "iter8/experiment.yaml": EXPERIMENT,
  });
}

/** Starts the run and lets it go on until the candidate has `weight` percent. */
async function runUntilWeight(revision: string, weight: number, options?: RunOptions): Promise<VirtualRun> {
  const run = world.start(revision, options);
  while (routedWeight(revision) < weight) await clock.runFor(250);
  return run;
}

function routedWeight(revision: string): number {
  const [route] = world.store.list("VirtualService", NAMESPACE);
  const rules = (
    route?.["spec"] as
      | { http?: { route: { destination: { subset?: string }; weight?: number }[] }[] }
      | undefined
  )?.http;
  return rules?.[0]?.route.find((one) => one.destination.subset === candidate(revision))?.weight ?? 0;
}

const candidate = (revision: string) => `web-${revision.slice(0, 7)}`;
const deployments = () => world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name);
const statuses = (revision: string) =>
  world.repository.posted.filter((one) => one.revision === revision).map((one) => one.state);
const holder = () => world.store.get<Lease>("Lease", NAMESPACE, "canary-web")?.spec?.holderIdentity ?? "";
const status = (revision: string) =>
  world.store.get("Experiment", NAMESPACE, candidate(revision))?.["status"] as
    | { phase?: string; message?: string; outcome?: { word: string; reason: string; sentence: string } }
    | undefined;

/** What holds after every release, whatever happened to it. */
function expectWhole(revision: string): void {
  expect(deployments()).toHaveLength(1);
  expect(world.store.list("VirtualService")).toEqual([]);
  expect(world.store.list("DestinationRule")).toEqual([]);
  expect(holder()).toBe("");
  expect(statuses(revision).filter((state) => state !== "pending")).toHaveLength(1);
}

describe("the wait step is killed without warning", () => {
  test("before the verdict: the finally task brings everything back to the baseline", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 40);
    run.processes.get("wait-and-cleanup")?.kill();

    await clock.runUntil(run.over, HOUR_MS);

    expect(status(revision)?.outcome).toMatchObject({ word: "error", reason: "Interrupted" });
    expect(deployments()).toEqual(["web"]);
    expectWhole(revision);
  });

  test("a rerun of the same commit replaces the completed experiment and promotes", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 40);
    run.processes.get("wait-and-cleanup")?.kill();
    await clock.runUntil(run.over, HOUR_MS);

    await clock.runUntil(world.start(revision, { byPush: false }).over);

    expect(status(revision)?.outcome).toMatchObject({ word: "promoted" });
    expect(statuses(revision)).toEqual(["pending", "error", "pending", "success"]);
    expect(deployments()).toEqual([candidate(revision)]);
  });

  // One run per write of the wait step: killed as soon as that write was done.
  const MOST_WRITES = 60;
  const MANY_RUNS_MS = 60_000;
  for (const [who, options] of [
    ["the finally task", {}],
    ["the next run", { withoutFinally: true }],
  ] as const) {
    test(
      `after any of its writes, ${who} ends the release whole`,
      async () => {
        let reached = 0;
        for (let write = 1; write <= MOST_WRITES; write += 1) {
          clock = createVirtualClock();
          let killed = false;
          const revision = await shopWithPush("example/web:2");
          const run = world.start(revision, {
            ...options,
            onWaitWrite: (count, process) => {
              if (count !== write) return;
              killed = true;
              process.kill();
            },
          });
          await clock.runUntil(run.over, HOUR_MS);
          if (options.withoutFinally) await clock.runUntil(world.start(push("example/web:3")).over);

          expect({ write, breaches: world.violations() }).toEqual({ write, breaches: [] });
          expectWhole(revision);
          await world.stop();
          if (!killed) break;
          reached = write;
        }
        expect(reached).toBeGreaterThan(20);
        expect(reached).toBeLessThan(MOST_WRITES);
        world = startShop({ clock: createVirtualClock() });
      },
      MANY_RUNS_MS,
    );
  }
});

test("create-experiment killed after any of its writes leaves nothing that the next run cannot end", async () => {
  let reached = 0;
  for (let write = 1; write <= 30; write += 1) {
    clock = createVirtualClock();
    let killed = false;
    const revision = await shopWithPush("example/web:2");
    const run = world.start(revision, {
      onCreateWrite: (count, process) => {
        if (count !== write) return;
        killed = true;
        process.kill();
      },
    });
    await clock.runUntil(run.over, HOUR_MS);
    expect({ write, breaches: world.violations() }).toEqual({ write, breaches: [] });
    if (killed) expect(statuses(revision)).toEqual(["pending", "error"]);
    expect(holder()).toBe("");

    const next = push("example/web:3");
    await clock.runUntil(world.start(next).over);
    expect({ write, status: statuses(next) }).toEqual({ write, status: ["pending", "success"] });
    expectWhole(next);
    await world.stop();
    if (!killed) break;
    reached = write;
  }
  expect(reached).toBeGreaterThan(3);
  world = startShop({ clock: createVirtualClock() });
}, 60_000);

test("the settle step killed after any of its writes is followed by the next run", async () => {
  for (let write = 1; write <= 20; write += 1) {
    clock = createVirtualClock();
    let killed = false;
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 40, {
      onSettleWrite: (count, process) => {
        if (count !== write) return;
        killed = true;
        process.kill();
      },
    });
    run.processes.get("wait-and-cleanup")?.kill();
    await clock.runUntil(run.over, HOUR_MS);

    const next = push("example/web:3");
    await clock.runUntil(world.start(next).over);
    expect({ write, breaches: world.violations() }).toEqual({ write, breaches: [] });
    expect(statuses(next)).toEqual(["pending", "success"]);
    expectWhole(next);
    await world.stop();
    if (!killed) break;
  }
  world = startShop({ clock: createVirtualClock() });
}, 60_000);

describe("a run that is cancelled", () => {
  test("gracefully: SIGTERM moves traffic back, the finally task ends the release", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 40);
    run.cancel("CancelledRunFinally");
    await clock.runFor(100);
    expect(routedWeight(revision)).toBe(0);

    await clock.runUntil(run.over, HOUR_MS);

    expect(status(revision)?.outcome).toMatchObject({ word: "aborted", reason: "Cancelled" });
    expect(statuses(revision)).toEqual(["pending", "error"]);
    expectWhole(revision);
  });

  test("hard: traffic is back at once, and the next run ends the release and tells its commit", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 40);
    run.cancel("Cancelled");
    await clock.runUntil(run.over, HOUR_MS);
    await clock.runFor(1000);
    expect(routedWeight(revision)).toBe(0);
    expect(statuses(revision)).toEqual(["pending"]);
    const next = push("example/web:3");

    await clock.runUntil(world.start(next).over);

    expect(statuses(revision)).toEqual(["pending", "error"]);
    expect(statuses(next)).toEqual(["pending", "success"]);
    expectWhole(next);
  });
});

describe("a newer commit while a release runs", () => {
  test("supersede: the older one moves traffic back and ends, the newer one goes on", async () => {
    const first = await shopWithPush("example/web:2");
    const older = await runUntilWeight(first, 40);
    const second = push("example/web:3");
    const newer = world.start(second);

    await clock.runUntil(Promise.all([older.over, newer.over]));

    expect(world.repository.posted.filter((one) => one.revision === first).at(-1)).toMatchObject({
      state: "success",
      description: expect.stringContaining(`not deployed: superseded by ${second.slice(0, 7)}`),
    });
    expect(statuses(second)).toEqual(["pending", "success"]);
    expect(deployments()).toEqual([candidate(second)]);
    expectWhole(second);
  });

  test("wait: both are released, one after the other; of several that wait only the newest", async () => {
    const first = await shopWithPush("example/web:2", { params: { PARAM_ON_NEW_COMMIT: "wait" } });
    const older = await runUntilWeight(first, 40);
    const second = push("example/web:3");
    const waiting = world.start(second);
    await clock.runFor(3000);
    const third = push("example/web:1");
    const newest = world.start(third);

    await clock.runUntil(Promise.all([older.over, waiting.over, newest.over]));

    expect([first, second, third].map((one) => statuses(one).at(-1))).toEqual([
      "success",
      "success",
      "success",
    ]);
    expect(status(first)?.outcome).toMatchObject({ word: "promoted" });
    expect(world.repository.posted.findLast((one) => one.revision === second)?.description).toMatch(
      /superseded by/,
    );
    expect(deployments()).toEqual([candidate(third)]);
  });

  test("a run of an older commit, such as a replayed webhook, deploys nothing", async () => {
    const first = await shopWithPush("example/web:2");
    const second = push("example/web:3");
    await clock.runUntil(world.start(second).over);

    await clock.runUntil(world.start(first).over);

    expect(world.repository.posted.findLast((one) => one.revision === first)?.description).toMatch(
      /superseded by/,
    );
    expect(deployments()).toEqual([candidate(second)]);
  });
});

describe("people at the Experiment", () => {
  const act = (revision: string, action: string) =>
    world.stage(() => world.store.patch("Experiment", NAMESPACE, candidate(revision), { action }));

  test("override_success promotes at once, override_failure takes the candidate away", async () => {
    const first = await shopWithPush("example/web:2");
    const run = await runUntilWeight(first, 20);
    act(first, "override_failure");
    await clock.runUntil(run.over, HOUR_MS);
    expect(status(first)).toMatchObject({
      message: "ExperimentFailed: Abort",
      outcome: { word: "aborted", reason: "Override" },
    });
    expect(statuses(first)).toEqual(["pending", "failure"]);

    const second = push("example/web:3");
    const again = await runUntilWeight(second, 20);
    act(second, "override_success");
    await clock.runUntil(again.over);
    expect(status(second)).toMatchObject({
      message: "ExperimentSucceeded: Abort",
      outcome: { word: "promoted", reason: "Override" },
    });
    expectWhole(second);
  });

  test("pause holds the weight until resume", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 20);
    act(revision, "pause");
    await clock.runFor(60_000);
    expect(status(revision)).toMatchObject({ phase: "Pause", message: "Pause" });
    expect(routedWeight(revision)).toBe(20);
    act(revision, "resume");

    await clock.runUntil(run.over, HOUR_MS);

    expect(status(revision)?.outcome).toMatchObject({ word: "promoted" });
  });

  test("a deleted Experiment ends the release from memory", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 40);
    world.stage(() => world.store.remove("Experiment", NAMESPACE, candidate(revision)));

    await clock.runUntil(run.over, HOUR_MS);

    expect(deployments()).toEqual(["web"]);
    expectWhole(revision);
  });
});

describe("others at the cluster", () => {
  test("weights that somebody overwrites are put back once, and the log names who it was", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 40);
    const [route] = world.store.list("VirtualService", NAMESPACE);
    const text = JSON.stringify(route)
      .replace('"weight":60', '"weight":50')
      .replace('"weight":40', '"weight":50');
    world.stage(() => world.store.replace(JSON.parse(text), { manager: "kubectl-edit" }));

    await clock.runUntil(run.over, HOUR_MS);

    expect(world.lines.filter((line) => line.includes("kubectl-edit"))).toHaveLength(1);
    expect(status(revision)?.outcome).toMatchObject({ word: "promoted" });
  });

  test("a deleted baseline leaves all traffic on the candidate, as an error", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 40);
    world.stage(() => world.store.remove("Deployment", NAMESPACE, "web"));

    await clock.runUntil(run.over, HOUR_MS);

    expect(status(revision)?.outcome).toMatchObject({ word: "error", reason: "BaselineGone" });
    expect(deployments()).toEqual([candidate(revision)]);
  });

  test("with both versions gone the release says that nothing serves, and the next push is a first deployment", async () => {
    const revision = await shopWithPush("example/web:2", { images: { "example/web:2": { crash: true } } });
    const run = world.start(revision);
    await clock.runFor(5000);
    world.stage(() => world.store.remove("Deployment", NAMESPACE, "web"));
    await clock.runUntil(run.over, HOUR_MS);
    expect(status(revision)?.outcome).toMatchObject({
      word: "error",
      reason: "BaselineGone",
      sentence: expect.stringContaining("nothing serves web"),
    });
    expect(world.store.list("VirtualService")).toEqual([]);
    const next = push("example/web:3");

    await clock.runUntil(world.start(next).over, HOUR_MS);

    expect(statuses(next)).toEqual(["pending", "success"]);
    breaches = [/503/];
  });

  test("a candidate whose pods die is rolled back at once", async () => {
    const revision = await shopWithPush("example/web:2", { images: { "example/web:2": CRASHES_LATER } });

    await clock.runUntil(world.start(revision).over);

    expect(status(revision)?.outcome).toMatchObject({ word: "rolled-back", reason: "CandidateUnavailable" });
    expect(deployments()).toEqual(["web"]);
  });

  test("the API away for 20 s is ridden out", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = await runUntilWeight(revision, 40);
    world.api.away = true;
    await clock.runFor(20_000);
    world.api.away = false;

    await clock.runUntil(run.over, HOUR_MS);

    expect(status(revision)?.outcome).toMatchObject({ word: "promoted" });
    expectWhole(revision);
  });

  test("a candidate gets as many pods as its share of the traffic takes", async () => {
    const revision = await shopWithPush("example/web:2", { replicas: 5 });

    await clock.runUntil(world.start(revision).over);

    const promoted = world.store.get("Deployment", NAMESPACE, candidate(revision));
    expect(promoted?.["spec"]).toMatchObject({ replicas: 5 });
    expect(status(revision)?.outcome).toMatchObject({ word: "promoted" });
  });
});
