/** Plays every scenario of the project in worlds of their own, several side by side: the whole product, for real. */
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
const LONG = ["metrics-gone.yaml", "constant-name.yaml", "tutorial.yaml"];
const files = [...new Set([...LONG, ...readdirSync(FOLDER)])];

vi.setConfig({ maxConcurrency: 5, testTimeout: 240_000, hookTimeout: 60_000 });

beforeAll(() => buildBundles());

describe.concurrent("scenarios", () => {
  test.each(files)("%s", async (name) => {
    const reading = readScenario(await readFile(join(FOLDER, name), "utf8"), name);
    if (!reading.ok) throw new Error(reading.problems.join("\n"));
    const result = await runScenario(reading.scenario, { root: ROOT, clock: realClock() });
    expect(result.record.passed, report(result, colours(false))).toBe(true);
  });
});
