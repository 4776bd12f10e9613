import { expect, test } from "vitest";
import { readScenario } from "../../../sandbox/scenario/read.ts";
import { runScenario, type ScenarioResult } from "../../../sandbox/scenario/run.ts";
import type { World } from "../../../sandbox/scenario/world.ts";
import { realClock } from "../../../steps/lib/process/clock.ts";

/** Waits for a moment in a world that has only what this needs, and what the test says of its start and end. */
async function playedIn(world: Partial<World> | Error): Promise<ScenarioResult> {
  const reading = readScenario(
    "{apiVersion: scenario/v1, name: it, service: web, steps: [{wait: 1ms}]}",
    "it",
  );
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  const forge = { statuses: () => [] } as unknown as World["forge"];
  const nothing = async () => {};
  const place = {
    name: "the test's world",
    graceMs: 0,
    deafMs: 0,
    async start() {
      if (world instanceof Error) throw world;
      const whole = { forge, ready: nothing, told: nothing, close: nothing, secrets: () => ({}), ...world };
      return whole as unknown as World;
    },
  };
  return await runScenario(reading.scenario, { root: ".", clock: realClock(), place });
}

const failing = (why: string) => () => Promise.reject(new Error(why));

test("a world that ends well adds nothing to the record", async () => {
  const { record } = await playedIn({});
  expect(record).toMatchObject({ scenario: "it", passed: true, failures: [] });
});

test("a world that cannot end is a failure in the record of what was played", async () => {
  const { record, steps } = await playedIn({ close: failing("a namespace stays") });
  expect(steps).toHaveLength(1);
  expect(record.passed).toBe(false);
  expect(record.failures).toEqual([
    expect.stringContaining("the test's world did not end: Error: a namespace stays"),
  ]);
});

test("output that cannot be read to its end is one too, and the world ends", async () => {
  let isOpen = true;
  const close = async () => {
    isOpen = false;
  };
  const { record } = await playedIn({ told: failing("no logs"), close });
  expect(record.failures).toEqual([expect.stringContaining("the test's world: Error: no logs")]);
  expect(isOpen).toBe(false);
});

test("a world that cannot start is the record's only failure", async () => {
  const { record } = await playedIn(new Error("no room"));
  expect(record).toMatchObject({ passed: false, steps: [] });
  expect(record.failures).toEqual([
    expect.stringContaining("the test's world did not start: Error: no room"),
  ]);
});
