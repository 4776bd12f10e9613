/** Plays the scenarios of the project in worlds of their own, several side by side: the whole product, for real. */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { readScenario } from "../../../sandbox/scenario/read.ts";
import { report } from "../../../sandbox/scenario/report.ts";
import { runScenario } from "../../../sandbox/scenario/run.ts";
import { colours } from "../../../sandbox/scenario/terminal.ts";
import { realClock } from "../../../steps/lib/process/clock.ts";
import { buildBundles } from "./build-bundles.ts";

const ROOT = resolve(".");
const FOLDER = "test/scenarios";
/** Those that wait longest begin first, so that the others fit beside them. */
const LONG = [
  "api-away.yaml",
  "metrics-gone.yaml",
  "tutorial.yaml",
  "newer-push-waits.yaml",
  "github-down.yaml",
  "metrics-away-for-a-moment.yaml",
  "constant-name.yaml",
];
/** For a real cluster, or by hand: they take a while, and here another one tells nearly the same. */
const ELSEWHERE = [
  "killed-early.yaml",
  "killed-late.yaml",
  "mesh-away-at-a-step.yaml",
  "mesh-away-at-the-end.yaml",
  "gateway-restarted.yaml",
  "stopped-gracefully.yaml",
];
const FILES = [...new Set([...LONG, ...readdirSync(FOLDER)])].filter((name) => !ELSEWHERE.includes(name));

/** Makes a test of every second scenario, from the first (0) or the second (1) on: two workers share them. */
export function playScenarios(from: 0 | 1): void {
  vi.setConfig({ maxConcurrency: 3, testTimeout: 240_000, hookTimeout: 60_000 });

  beforeAll(() => buildBundles());

  describe.concurrent("scenarios", () => {
    test.each(FILES.filter((_, index) => index % 2 === from))("%s", async (name) => {
      const reading = readScenario(await readFile(join(FOLDER, name), "utf8"), name);
      if (!reading.ok) throw new Error(reading.problems.join("\n"));
      const result = await runScenario(reading.scenario, { root: ROOT, clock: realClock() });
      expect(result.record.passed, report(result, colours(false))).toBe(true);
    });
  });
}
