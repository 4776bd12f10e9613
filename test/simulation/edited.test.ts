/** An Experiment that somebody edits into something unreadable, while its release runs. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VirtualRun } from "../../sandbox/virtual/pipeline.ts";
import type { VirtualWorld } from "../../sandbox/virtual/world.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { EXPERIMENT, manifest, NAMESPACE, startShop } from "./shop.ts";

const HOUR_MS = 3_600_000;
const WRONG = { spec: { trafficControl: { interval: "1 minute" } } };

let clock: VirtualClock;
let world: VirtualWorld;

beforeEach(async () => {
  clock = createVirtualClock();
  world = startShop({ clock });
  await clock.runFor(5000);
});
afterEach(async () => {
  expect(world.violations()).toEqual([]);
  await world.stop();
});

const candidate = (revision: string) => `web-${revision.slice(0, 7)}`;
const edit = (revision: string, change: object) =>
  world.stage(() => world.store.patch("Experiment", NAMESPACE, candidate(revision), change));
const warnings = () => world.lines.filter((line) => line.includes("cannot be read any more"));
const outcome = (revision: string) => {
  const found = world.store.get("Experiment", NAMESPACE, candidate(revision))?.["status"];
  return (found as { outcome?: { word: string; reason: string } } | undefined)?.outcome;
};

function push(image: string): string {
  return world.repository.push({
    "config/deploy.yaml": manifest(image),
    "iter8/experiment.yaml": EXPERIMENT,
  });
}

/** A release whose candidate has had traffic for some seconds. */
async function releaseUnderWay(): Promise<{ readonly revision: string; readonly run: VirtualRun }> {
  const revision = push("example/web:2");
  const run = world.start(revision);
  while (!JSON.stringify(world.store.list("VirtualService")).includes('"weight":40')) await clock.runFor(250);
  return { revision, run };
}

/** The CRD of an older version, which lets every text through. */
function withoutPatterns(): void {
  const [crd] = world.store.list("CustomResourceDefinition");
  const text = JSON.stringify(crd, (key, value) => (key === "pattern" ? undefined : value));
  world.stage(() => world.store.replace(JSON.parse(text) as KubeObject));
}

test("the API server refuses a duration that is none", async () => {
  const { revision, run } = await releaseUnderWay();

  expect(() => edit(revision, WRONG)).toThrow("spec.trafficControl.interval");

  await clock.runUntil(run.over, HOUR_MS);
  expect(outcome(revision)?.word).toBe("promoted");
});

describe("with a CRD that lets it through", () => {
  beforeEach(withoutPatterns);

  test("the release goes on as it was, and says so once", async () => {
    const { revision, run } = await releaseUnderWay();

    edit(revision, WRONG);
    await clock.runUntil(run.over, HOUR_MS);

    expect(outcome(revision)?.word).toBe("promoted");
    expect(warnings().filter((line) => line.includes("the release goes on as it was"))).toEqual([
      expect.stringContaining('spec.trafficControl.interval must be a positive duration such as "30s"'),
    ]);
  });

  test("an action still works", async () => {
    const { revision, run } = await releaseUnderWay();

    edit(revision, { ...WRONG, action: "override_failure" });
    await clock.runUntil(run.over, HOUR_MS);

    expect(outcome(revision)).toMatchObject({ word: "aborted", reason: "Override" });
  });

  test.each(["the finally task", "the next run"])(
    "%s ends a killed release on the baseline, and later pushes are released",
    async (who) => {
      const { revision, run } = await releaseUnderWay();
      edit(revision, WRONG);
      if (who === "the next run") run.cancel("Cancelled");
      else run.processes.get("wait-and-cleanup")?.kill();
      await clock.runUntil(run.over, HOUR_MS);
      const next = push("example/web:3");

      await clock.runUntil(world.start(next).over, HOUR_MS);

      expect(outcome(revision)?.word).toBe(who === "the next run" ? "aborted" : "error");
      expect(warnings()).toContainEqual(
        expect.stringContaining("ending it by its names, its route and its status"),
      );
      expect(outcome(next)?.word).toBe("promoted");
      expect(world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name)).toEqual([
        candidate(next),
      ]);
    },
  );

  test("a loop that has not begun does not judge by what it cannot read", async () => {
    const revision = push("example/web:2");
    const run = world.start(revision, {
      onCreateWrite: () => {
        const made = world.store.get("Experiment", NAMESPACE, candidate(revision));
        if (made?.["status"] !== undefined) edit(revision, WRONG);
      },
    });

    await clock.runUntil(run.over, HOUR_MS);

    expect(outcome(revision)).toMatchObject({ word: "error", reason: "Interrupted" });
    expect(world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name)).toEqual(["web"]);
  });
});
