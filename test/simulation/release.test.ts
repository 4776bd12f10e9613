/** Whole releases in virtual time: every step program's own code, an object store, users and counters. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VirtualWorld } from "../../sandbox/virtual/world.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { EXPERIMENT, manifest, NAMESPACE, type ShopOptions, startShop } from "./shop.ts";

let clock: VirtualClock;
let world: VirtualWorld;
/** What the watcher must have seen. */
let breaches: readonly string[];

beforeEach(() => {
  clock = createVirtualClock();
  breaches = [];
});
afterEach(async () => {
  expect(world.violations().map((one) => one.replace(/^at [\d.]+ s: /, ""))).toEqual(breaches);
  await world.stop();
});

/** The shop after five seconds of traffic, and a push of `image`. */
async function shopWithPush(image: string, options: Omit<ShopOptions, "clock"> = {}): Promise<string> {
  world = startShop({ clock, ...options });
  await clock.runFor(5000);
  return world.repository.push({
    "config/deploy.yaml": manifest(image),
    "iter8/experiment.yaml": options.experiment ?? EXPERIMENT,
  });
}

const deployments = () => world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name);
const statuses = (revision: string) =>
  world.repository.posted.filter((one) => one.revision === revision).map((one) => one.state);
const outcome = (name: string) =>
  (
    world.store.get("Experiment", NAMESPACE, name)?.["status"] as
      | { outcome?: { word: string; reason: string; sentence: string } }
      | undefined
  )?.outcome;
const short = (revision: string) => revision.slice(0, 7);

describe("a release that nobody disturbs", () => {
  test("promotes a candidate that meets its criteria, and leaves nothing of ours in the route", async () => {
    const revision = await shopWithPush("example/web:2");

    await clock.runUntil(world.start(revision).over);

    expect(outcome(`web-${short(revision)}`)).toMatchObject({ word: "promoted", reason: "CriteriaMet" });
    expect(statuses(revision)).toEqual(["pending", "success"]);
    expect(deployments()).toEqual([`web-${short(revision)}`]);
    expect(world.store.list("VirtualService")).toEqual([]);
    expect(world.store.list("DestinationRule")).toEqual([]);
  });

  test("rolls back a candidate with 5 % errors, with the numbers in the sentence", async () => {
    const revision = await shopWithPush("example/web:2", { images: { "example/web:2": { errors: 5 } } });

    await clock.runUntil(world.start(revision).over);

    expect(outcome(`web-${short(revision)}`)).toMatchObject({
      word: "rolled-back",
      reason: "CriteriaFailed",
      sentence: expect.stringMatching(
        /iter8_error_rate 0\.0\d+ exceeds 0\.02 over \d+ requests; baseline 0 over \d+ requests/,
      ),
    });
    expect(statuses(revision)).toEqual(["pending", "failure"]);
    expect(deployments()).toEqual(["web"]);
  });

  test("without any traffic the candidate is not promoted and not blamed", async () => {
    const revision = await shopWithPush("example/web:2", { rate: 0 });

    await clock.runUntil(world.start(revision).over);

    expect(outcome(`web-${short(revision)}`)).toMatchObject({ word: "rolled-back", reason: "Inconclusive" });
    expect(deployments()).toEqual(["web"]);
  });

  test("a candidate that never becomes ready is taken away, with its pods' own words", async () => {
    const revision = await shopWithPush("example/web:2", { images: { "example/web:2": { crash: true } } });

    await clock.runUntil(world.start(revision).over);

    expect(outcome(`web-${short(revision)}`)).toMatchObject({
      word: "rolled-back",
      reason: "CandidateUnavailable",
      sentence: expect.stringContaining("crashed"),
    });
    expect(deployments()).toEqual(["web"]);
  });

  test("a constant name in the manifest gives every release a Deployment of its own", async () => {
    const first = await shopWithPush("example/web:2");
    await clock.runUntil(world.start(first).over);
    const second = world.repository.push({ "config/deploy.yaml": manifest("example/web:3") });
    await clock.runUntil(world.start(second).over);
    const third = world.repository.push({ "config/deploy.yaml": manifest("example/web:1") });
    await clock.runUntil(world.start(third).over);

    expect(deployments()).toEqual([`web-${short(third)}`]);
    expect([first, second, third].map((one) => statuses(one).at(-1))).toEqual([
      "success",
      "success",
      "success",
    ]);
  });
});

describe("metrics that cannot be read", () => {
  test("for a moment: the weight holds and the release goes on", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = world.start(revision);
    await clock.runFor(5000);
    world.metrics.away = true;
    await clock.runFor(10_000);
    world.metrics.away = false;

    await clock.runUntil(run.over);

    expect(outcome(`web-${short(revision)}`)).toMatchObject({ word: "promoted" });
  });

  test("for good: traffic returns to the baseline, and the candidate stays because nobody can see whether it is still called", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = world.start(revision);
    await clock.runFor(5000);
    world.metrics.away = true;

    await clock.runUntil(run.over);

    expect(outcome(`web-${short(revision)}`)).toMatchObject({
      word: "error",
      reason: "MetricsUnavailable",
      sentence: expect.stringContaining("left running"),
    });
    expect(statuses(revision)).toEqual(["pending", "error"]);
  });

  test("a candidate that had to be left running is removed by the next run", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = world.start(revision);
    await clock.runFor(5000);
    world.metrics.away = true;
    await clock.runUntil(run.over);
    world.metrics.away = false;
    await clock.runFor(200_000);
    const next = world.repository.push({ "config/deploy.yaml": manifest("example/web:3") });

    await clock.runUntil(world.start(next).over);

    expect(outcome(`web-${short(next)}`)).toMatchObject({ word: "promoted" });
    expect(deployments()).toEqual([`web-${short(next)}`]);
  });
});

test("a candidate that served for a second only is not waited for as if it had served for a minute", async () => {
  const revision = await shopWithPush("example/web:2");
  const run = world.start(revision);
  const name = `web-${short(revision)}`;
  const weight = () =>
    (
      world.store.get("Experiment", NAMESPACE, name)?.["status"] as
        | { trafficSplitPercentage?: { candidate: number } }
        | undefined
    )?.trafficSplitPercentage?.candidate ?? 0;
  while (weight() === 0) await clock.runFor(100);
  await clock.runFor(1000);

  world.store.patch("Experiment", NAMESPACE, name, { action: "override_failure" });
  const from = clock.now();
  await clock.runUntil(run.over);

  expect(outcome(name)).toMatchObject({ word: "aborted", reason: "Override" });
  expect(deployments()).toEqual(["web"]);
  expect(clock.now() - from).toBeLessThan(30_000);
});

describe("a control plane that is away at the end", () => {
  test("the loser is not removed while requests still reach it", async () => {
    const revision = await shopWithPush("example/web:2");
    const run = world.start(revision);
    await clock.runFor(10_000);
    world.users.frozen = true;

    await clock.runUntil(run.over);

    expect(outcome(`web-${short(revision)}`)).toMatchObject({
      word: "promoted",
      sentence: expect.stringContaining("web was left running: requests still reach it"),
    });
    expect(deployments()).toEqual(["web", `web-${short(revision)}`]);
    breaches = ["web answered a request of a user although the route gave it nothing"];
  });

  test.each([1, 2, 3, 4])(
    "a chance gap between few requests is not taken for their end (world %d)",
    async (seed) => {
      const revision = await shopWithPush("example/web:2", { rate: 5, seed });
      const run = world.start(revision);
      await clock.runFor(10_000);
      world.users.frozen = true;

      await clock.runUntil(run.over);

      expect(deployments()).toContain("web");
      breaches = world.violations().map((one) => one.replace(/^at [\d.]+ s: /, ""));
      expect(new Set(breaches.map((one) => one.replace(/^\S+/, "a loser")))).toEqual(
        new Set(["a loser answered a request of a user although the route gave it nothing"]),
      );
    },
  );
});
