/** An apply step whose pod starts late: a release that has ended meanwhile gets no candidate any more. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunOptions, VirtualRun } from "../../sandbox/virtual/pipeline.ts";
import type { VirtualWorld } from "../../sandbox/virtual/world.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { deployment, EXPERIMENT, manifest, NAMESPACE, startShop } from "./shop.ts";

/** Users would see at once that it serves. */
const BAD = { "example/web:2": { errors: 100 } };

let clock: VirtualClock;
let world: VirtualWorld;

beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(async () => {
  expect(world.violations()).toEqual([]);
  await world.stop();
});

function push(image: string): string {
  return world.repository.push({
    "config/deploy.yaml": manifest(image),
    "iter8/experiment.yaml": EXPERIMENT,
  });
}

/** A release of a bad image, five seconds after its push. */
async function releaseBad(options: RunOptions): Promise<{ run: VirtualRun; name: string }> {
  world = startShop({ clock, images: BAD });
  await clock.runFor(5000);
  const revision = push("example/web:2");
  const run = world.start(revision, options);
  await clock.runFor(5000);
  return { run, name: `web-${revision.slice(0, 7)}` };
}

const deployments = () => world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name);

describe("while the apply step's pod is pending", () => {
  const LATE = { applyDelayMs: 12_000 };

  test("a release that action: override_failure has ended applies nothing", async () => {
    const { run, name } = await releaseBad(LATE);
    world.stage(() => world.store.patch("Experiment", NAMESPACE, name, { action: "override_failure" }));

    await clock.runUntil(run.over);
    await clock.runFor(30_000);

    expect(deployments()).toEqual(["web"]);
    expect(world.lines).toContain(`apply-candidate: The release ended before ${name} was applied.`);
    expect(world.store.get("TaskRun", "tekton-canary", `${run.name}-apply-candidate`)).toMatchObject({
      status: { conditions: [{ type: "Succeeded", status: "True" }] },
    });
  });

  test("a release that a newer commit has superseded applies nothing, and the newer one is promoted", async () => {
    const { run, name } = await releaseBad(LATE);
    const newer = push("example/web:3");
    const next = world.start(newer);

    await clock.runUntil(Promise.all([run.over, next.over]));

    expect(deployments()).toEqual([`web-${newer.slice(0, 7)}`]);
    expect(world.lines).toContain(`apply-candidate: The release ended before ${name} was applied.`);
  });

  test("a release whose Experiment was deleted applies nothing", async () => {
    const { run, name } = await releaseBad(LATE);
    world.stage(() => world.store.remove("Experiment", NAMESPACE, name));

    await clock.runUntil(run.over);

    expect(deployments()).toEqual(["web"]);
    expect(world.lines).toContain(`apply-candidate: The release ended before ${name} was applied.`);
  });
});

describe("a release that ends in the very moment in which its candidate is applied", () => {
  /** What the loop writes at its end when it has seen no candidate. */
  const completeWithout = (name: string, change: object = {}) =>
    world.stage(() => {
      const outcome = { word: "aborted", reason: "Override", sentence: "Back to web." };
      const verdict = { ...outcome, winner: "baseline", abort: true, at: "2030-01-01T00:00:10Z" };
      const status = { phase: "Completed", outcome, loop: { verdict, ...change } };
      world.store.patch("Experiment", NAMESPACE, name, { status }, { subresource: "status" });
      for (const kind of ["VirtualService", "DestinationRule"])
        for (const { metadata } of world.store.list(kind, NAMESPACE))
          world.store.remove(kind, NAMESPACE, metadata.name);
    });
  const onlyDeployment = () => deployments().find((one) => one !== "web") ?? "";

  test("gets it taken back before it serves, and the finally task removes it", async () => {
    const { run, name } = await releaseBad({
      applyDelayMs: 2000,
      onApplyWrite: (count) => {
        if (count === 1) completeWithout(onlyDeployment());
      },
    });

    await clock.runUntil(run.over);

    expect(deployments()).toEqual(["web"]);
    expect(world.lines).toContain(`apply-candidate: The release ended before ${name} was available.`);
    expect(world.lines).toContain(
      `settle: warning: Removed ${name}: it was applied while the release ended, so nobody has judged it.`,
    );
  });

  test("has its pods taken back at once; where no finally task comes, the next run removes the rest", async () => {
    const { run, name } = await releaseBad({
      applyDelayMs: 2000,
      withoutFinally: true,
      onApplyWrite: (count) => {
        if (count === 1) completeWithout(onlyDeployment());
      },
    });

    await clock.runUntil(run.over);
    await clock.runFor(30_000);

    expect(world.store.get("Deployment", NAMESPACE, name)).toMatchObject({ spec: { replicas: 0 } });

    const next = push("example/web:3");
    await clock.runUntil(world.start(next).over);

    expect(deployments()).toEqual([`web-${next.slice(0, 7)}`]);
  });

  test("keeps one that was left running on purpose", async () => {
    const { run, name } = await releaseBad({
      applyDelayMs: 2000,
      onApplyWrite: (count) => {
        if (count === 1) completeWithout(onlyDeployment(), { leftOver: "it was left running" });
      },
    });

    await clock.runUntil(run.over);

    expect(deployments()).toEqual(["web", name]);
  });
});

describe("a Deployment that has the candidate's name before the release applies its own", () => {
  const OLDER = { spec: { template: { spec: { containers: [{ image: "example/web:3" }] } } } };
  const scale = (replicas: number) =>
    world.stage(() => world.store.patch("Deployment", NAMESPACE, "web-v2", { spec: { replicas } }));

  /** A release of `image` under that name, five seconds after its push. */
  async function releaseOver(image: string): Promise<VirtualRun> {
    const older = deployment("example/web:3", { name: "web-v2", replicas: 1 });
    const more = [{ ...older, metadata: { name: "web-v2", namespace: NAMESPACE } }];
    world = startShop({ clock, more });
    await clock.runFor(5000);
    // With two versions behind the Service only a route says which one is live.
    scale(0);
    await clock.runFor(5000);
    const revision = world.repository.push({
      "config/deploy.yaml": manifest(image, { name: "web-v2" }),
      "iter8/experiment.yaml": EXPERIMENT,
    });
    const run = world.start(revision, { applyDelayMs: 12_000 });
    await clock.runFor(5000);
    return run;
  }

  test("is never removed by a release that has not applied it", async () => {
    const run = await releaseOver("example/web:2");
    world.stage(() => world.store.patch("Experiment", NAMESPACE, "web-v2", { action: "override_failure" }));

    await clock.runUntil(run.over);

    expect(world.store.get("Deployment", NAMESPACE, "web-v2")).toMatchObject(OLDER);
  });

  test("is not promoted by its own pods: not when a person asks for it, not when the new image is missing", async () => {
    const run = await releaseOver("example/web:missing");
    scale(1);
    world.stage(() => world.store.patch("Experiment", NAMESPACE, "web-v2", { action: "override_success" }));
    await clock.runFor(5000);
    expect(world.store.get("Deployment", NAMESPACE, "web-v2")).toMatchObject({
      ...OLDER,
      status: { availableReplicas: 1 },
    });

    await clock.runUntil(run.over);

    expect(world.store.get("Experiment", NAMESPACE, "web-v2")).toMatchObject({
      status: { outcome: { word: "rolled-back", reason: "CandidateUnavailable" } },
    });
    expect(deployments()).toEqual(["web"]);
  });
});
