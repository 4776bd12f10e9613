/** Scenarios side by side: the failure of one is not the others'. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readScenario } from "../../sandbox/scenario/read.ts";
import { type Play, playAll } from "../e2e/playing.ts";
import type { Played } from "../e2e/table.ts";
import type { Ground } from "../e2e/world/ground.ts";

const SCENARIO = "test/scenarios/no-change.yaml";

function play(name: string, more: Partial<Play> = {}): Play {
  const reading = readScenario(readFileSync(SCENARIO, "utf8"), SCENARIO);
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  return { file: { ...reading.scenario, name }, suffix: name, ...more };
}

/** A cluster in which no scenario can start; its registry is away. */
const ground = {
  isOwn: true,
  pushBundle: () => Promise.reject(new Error("tkn bundle push: exit code 1")),
} as unknown as Ground;

async function playedOf(
  plays: readonly Play[],
  onPlayed: (played: Played) => void = () => {},
  start: (suffix: string) => Promise<never> = () => Promise.reject(new Error("no node is ready")),
) {
  const all: Played[] = [];
  await playAll(plays, {
    root: ".",
    ground,
    parallel: 3,
    tell: () => {},
    prepared: {
      place: (suffix) => ({
        name: "the cluster",
        graceMs: 0,
        deafMs: 0,
        start: () => start(suffix),
      }),
      imageSizes: async () => [],
      close: async () => {},
    },
    async onPlayed(_, played) {
      onPlayed(played);
      all.push(played);
    },
  });
  return all.map((one) =>
    one.kind === "played"
      ? [one.result.record.scenario, one.result.record.failures.join()]
      : [one.scenario, one.why],
  );
}

test("what cannot be prepared for one is its failure, and the others are played", async () => {
  const told = await playedOf([play("bundled", { fromBundle: true }), play("one"), play("two")]);
  expect(told).toHaveLength(3);
  expect(told).toContainEqual(["bundled", "tkn bundle push: exit code 1"]);
  for (const name of ["one", "two"]) {
    expect(told).toContainEqual([name, expect.stringContaining("no node is ready")]);
  }
});

test("so is what cannot be written down of one", async () => {
  const told = await playedOf([play("one"), play("two")], (played) => {
    if (played.kind === "played" && played.result.record.scenario === "one") throw new Error("no room");
  });
  expect(told).toContainEqual(["one", "no room"]);
  expect(told).toContainEqual(["two", expect.stringContaining("no node is ready")]);
});

test("two of those that take long and need little count as one", async () => {
  const repository = { "iter8/experiment.yaml": "trafficControl: {interval: 30s}" };
  const unhurried = (name: string): Play => {
    const one = play(name);
    return { ...one, file: { ...one.file, repository } };
  };
  const going = new Set<string>();
  const together: string[] = [];
  let allGoing = () => {};
  const four = new Promise<void>((resolve) => {
    allGoing = resolve;
  });
  const slow = [unhurried("slow-1"), unhurried("slow-2"), unhurried("slow-3")];
  const plays = [...slow, play("one"), play("two"), play("three")];

  const told = await playedOf(plays, undefined, async (name) => {
    going.add(name);
    together.push([...going].sort().join(" "));
    if (going.size === 4) allGoing();
    await four;
    going.delete(name);
    throw new Error("over");
  });

  expect(told).toHaveLength(6);
  expect(together).toContain("one slow-1 slow-2 two");
  expect(Math.max(...together.map((names) => names.split(" ").length))).toBe(4);
});
