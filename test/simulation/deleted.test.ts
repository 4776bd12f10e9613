/**
 * A run is cancelled hard, and somebody tidies up by hand: Deployment and Experiment of the candidate are deleted, its route is
 * not. The next push finds users who get nowhere.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VirtualWorld } from "../../sandbox/virtual/world.ts";
import type { ExperimentStatus } from "../../steps/lib/experiment/schema.ts";
import type { VirtualService } from "../../steps/lib/ports/kinds.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { experimentFor, failuresIn, manifest, NAMESPACE, OWN_ROUTE, startShop, WAYS } from "./shop.ts";

let clock: VirtualClock;
let world: VirtualWorld;

beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(async () => {
  await world.stop();
});

const ownRoute = { ...OWN_ROUTE, metadata: { ...OWN_ROUTE.metadata, namespace: NAMESPACE } };
const rules = () =>
  world.store.list<VirtualService>("VirtualService", NAMESPACE).map(({ spec }) => spec.http ?? []);

function push(image: string, way: (typeof WAYS)[number]) {
  const revision = world.repository.push({
    "config/deploy.yaml": manifest(image),
    "iter8/experiment.yaml": experimentFor(way),
  });
  return { revision, name: `web-${revision.slice(0, 7)}`, run: world.start(revision) };
}

/** The candidate has so much of the traffic, and then it is gone. Gives back how the route was before. */
async function deleteAt(weight: number, way: (typeof WAYS)[number]) {
  world = startShop({ clock, ...(way === "own route" && { more: [ownRoute] }) });
  await clock.runFor(5000);
  const before = rules();
  const { revision, name, run } = push("example/web:2", way);
  const reached = () => {
    const status = world.store.get("Experiment", NAMESPACE, name)?.["status"] as ExperimentStatus | undefined;
    return (status?.loop?.weights ?? []).some(({ candidate }) => candidate === weight);
  };
  while (!reached()) await clock.runFor(100);
  await clock.runFor(300);
  run.processes.get("wait-and-cleanup")?.kill();
  run.cancel("Cancelled");
  await clock.runFor(500);
  world.stage(() => {
    world.store.remove("Deployment", NAMESPACE, name);
    world.store.remove("Experiment", NAMESPACE, name);
  });
  await clock.runFor(10_000);
  return { before, revision, name };
}

const failures = (ms: number) => failuresIn(world, clock, ms);

describe.each(WAYS)("users who come through: %s", (way) => {
  test.each([
    ["all of them", 100],
    ["a share of them", 40],
  ])(
    "%s go nowhere, and a push of what is live mends that although it changes nothing",
    async (_who, weight) => {
      const { before, revision, name } = await deleteAt(weight, way);
      expect(await failures(5000)).toBeGreaterThan(0);

      const { revision: same, run } = push("example/web:1", way);
      await clock.runUntil(run.over);

      expect(await failures(10_000)).toBe(0);
      expect(world.lines).toContain(
        `create-experiment: warning: The route leads to ${name}, which does not exist any more: all traffic goes to web.`,
      );
      expect(world.store.list("DestinationRule", NAMESPACE)).toEqual([]);
      if (way === "own route") expect(rules()).toEqual(before);
      expect(world.violations().filter((one) => one.includes("was told"))).toEqual([]);
      const told = (commit: string) =>
        world.repository.posted.filter((one) => one.revision === commit).map((one) => one.state);
      expect([told(revision), told(same)]).toEqual([
        ["pending", "error"],
        ["pending", "success"],
      ]);
    },
  );

  test("a push of another version is compared with what is left", async () => {
    await deleteAt(100, way);

    const { revision, run } = push("example/web:3", way);
    await clock.runUntil(run.over);

    expect(world.repository.posted.findLast((one) => one.revision === revision)?.description).toMatch(
      /^Promoted web-[0-9a-f]{7} over web: /,
    );
    expect(await failures(10_000)).toBe(0);
    expect(world.violations().filter((one) => one.includes("was told"))).toEqual([]);
  });
});
