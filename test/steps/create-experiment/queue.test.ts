/** One release of a service at a time, the newest first. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VirtualRun } from "../../../sandbox/virtual/pipeline.ts";
import type { VirtualWorld } from "../../../sandbox/virtual/world.ts";
import { EXPERIMENT, manifest, NAMESPACE, startShop } from "../../simulation/shop.ts";
import { createVirtualClock, type VirtualClock } from "../../support/virtual-clock.ts";

let clock: VirtualClock;
let world: VirtualWorld;

const push = (image: string) =>
  world.repository.push({ "config/deploy.yaml": manifest(image), "iter8/experiment.yaml": EXPERIMENT });
const open = (params: Readonly<Record<string, string>> = {}) => {
  world = startShop({ clock, params });
  return clock.runFor(5000);
};
/** Lets the run go on until its experiment has made its first check. */
async function underWay(revision: string): Promise<VirtualRun> {
  const run = world.start(revision);
  while (experiment(revision)?.status?.currentIteration !== 1) await clock.runFor(250);
  return run;
}
const experiment = (revision: string) =>
  world.store.get("Experiment", NAMESPACE, `web-${revision.slice(0, 7)}`) as
    | { metadata: { annotations?: Record<string, string> }; status?: { currentIteration?: number } }
    | undefined;
const said = (text: RegExp) => world.lines.filter((line) => text.test(line));
const told = (revision: string) => world.repository.posted.findLast((one) => one.revision === revision);
async function ended(run: VirtualRun) {
  const end = await run.processes.get("create-experiment")?.exited;
  return end?.kind === "ended" ? end.end : undefined;
}

beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(async () => {
  expect(world.violations()).toEqual([]);
  await world.stop();
});

describe("a push whose commit is no longer the newest", () => {
  test("deploys nothing, and says which commit is", async () => {
    await open();
    const first = push("example/web:2");
    const second = push("example/web:3");
    const run = world.start(first);
    await clock.runUntil(run.over);

    expect(await ended(run)).toMatchObject({
      exitCode: 0,
      results: { next: "stop", outcome: "superseded", reason: "NewerCommit" },
    });
    expect(told(first)).toMatchObject({
      state: "success",
      description: `not deployed: superseded by ${second.slice(0, 7)}, the newest commit of main.`,
    });
    expect(world.store.list("Experiment")).toEqual([]);
  });

  test("is deployed all the same when a person starts it again", async () => {
    await open();
    const first = push("example/web:2");
    push("example/web:3");
    await clock.runUntil(world.start(first, { byPush: false }).over);

    expect(told(first)).toMatchObject({ state: "success", description: expect.stringMatching(/^Promoted/) });
  });
});

describe("a newer push while a release is under way", () => {
  test("on-new-commit: supersede asks the older one to end, and goes on when it has", async () => {
    await open();
    const first = push("example/web:2");
    const older = await underWay(first);
    const second = push("example/web:3");
    const newer = world.start(second);
    await clock.runFor(1000);

    expect(experiment(first)?.metadata.annotations?.["tekton-canary/superseded-by"]).toBe(second.slice(0, 7));
    expect(said(/is releasing web: asking it to end/)).toHaveLength(1);
    expect(experiment(second)).toBeUndefined();

    await clock.runUntil(Promise.all([older.over, newer.over]));

    expect(told(first)?.description).toBe(`not deployed: superseded by ${second.slice(0, 7)}; web serves.`);
    expect(told(second)?.description).toMatch(/^Promoted/);
  });

  test("on-new-commit: wait leaves the older one alone, and compares with what it promoted", async () => {
    await open({ PARAM_ON_NEW_COMMIT: "wait" });
    const first = push("example/web:2");
    const older = await underWay(first);
    const second = push("example/web:3");
    const newer = world.start(second);
    await clock.runUntil(Promise.all([older.over, newer.over]));

    expect(said(/is releasing web: waiting for its end/)).toHaveLength(1);
    expect(told(first)?.description).toMatch(/^Promoted/);
    expect(told(second)?.description).toContain(`over web-${first.slice(0, 7)}: `);
  });

  test("of several that wait only the newest goes on", async () => {
    await open({ PARAM_ON_NEW_COMMIT: "wait" });
    const older = await underWay(push("example/web:2"));
    const second = push("example/web:3");
    const waiting = world.start(second);
    await clock.runFor(2000);
    const third = push("example/web:1");
    const newest = world.start(third);
    await clock.runUntil(Promise.all([older.over, waiting.over, newest.over]));

    expect(told(second)?.description).toBe(
      `not deployed: superseded by ${third.slice(0, 7)} while it waited.`,
    );
    expect(told(third)?.description).toMatch(/^Promoted/);
  });

  test("one that waits too long changes nothing", async () => {
    await open({ PARAM_ON_NEW_COMMIT: "wait", PARAM_QUEUE_TIMEOUT: "3s" });
    const first = push("example/web:2");
    const older = await underWay(first);
    const second = push("example/web:3");
    const newer = world.start(second);
    await clock.runUntil(newer.over);

    expect(await ended(newer)).toMatchObject({ exitCode: 3, results: { reason: "QueueTimeout" } });
    expect(told(second)).toMatchObject({
      state: "error",
      description: `Run ${older.name} did not end in time (queue-timeout). Nothing was changed; run this one again.`,
    });
    await clock.runUntil(older.over);

    expect(told(first)?.description).toMatch(/^Promoted/);
  });
});
