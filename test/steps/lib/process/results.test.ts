import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeResults } from "../../../../steps/lib/process/results.ts";
import { outcomeResults } from "../../../../steps/lib/process/step.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "results-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("each result is the text of its file, without a newline", async () => {
  const environment = {
    RESULT_NEXT_PATH: join(folder, "next"),
    RESULT_PLAN_MS_PATH: join(folder, "plan-ms"),
  };
  writeResults({ next: "canary", "plan-ms": "5" }, environment);
  expect(await readFile(join(folder, "next"), "utf8")).toBe("canary");
  expect(await readFile(join(folder, "plan-ms"), "utf8")).toBe("5");
});

test("a result without a path is a mistake of ours", () => {
  expect(() => writeResults({ "plan-ms": "5" }, {})).toThrow(/RESULT_PLAN_MS_PATH is not set/);
});

test("more than 1 KB in all is refused before anything is written", async () => {
  const environment = { RESULT_A_PATH: join(folder, "a"), RESULT_B_PATH: join(folder, "b") };
  expect(() => writeResults({ a: "x".repeat(600), b: "é".repeat(300) }, environment)).toThrow(/at most 1024/);
  await expect(readFile(join(folder, "a"))).rejects.toThrow(/ENOENT/);
});

test("an outcome fits, whatever others have put into its sentence", () => {
  const sentence = `Rejected: ${"不正な値です ".repeat(100)}`;
  const results = outcomeResults({ word: "rejected", reason: "InvalidInput", sentence });
  expect(results).toMatchObject({ outcome: "rejected", reason: "InvalidInput" });
  expect(results.sentence).toMatch(/^Rejected: 不正な値です .*…$/);
  expect(Buffer.byteLength(results.sentence)).toBeLessThanOrEqual(800);
});
