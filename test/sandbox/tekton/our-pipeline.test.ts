/** Our own tasks/ and pipelines/ on the sandbox's Tekton, with stand-ins for the five programs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bench, createBench } from "./bench.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PROGRAMS = [
  "create-experiment",
  "generate-load",
  "apply-candidate",
  "wait-and-cleanup",
  "set-commit-status",
];

/** Says who it is, writes what the test wants as results, and exits with the code that the test wants. */
const STAND_IN = `
import { writeFileSync } from "node:fs";
import { basename } from "node:path";
const name = basename(process.argv[1], ".mjs");
const wish = JSON.parse(process.env.WISHES)[name + (process.env.MODE ? "/" + process.env.MODE : "")] ?? {};
console.log([name, process.env.MODE, process.env.PARAM_EXPERIMENT].filter(Boolean).join(" "));
for (const [key, value] of Object.entries(wish.results ?? {})) writeFileSync(process.env["RESULT_" + key + "_PATH"], value);
process.exitCode = wish.exit ?? 0;
`;

type Wishes = Record<string, { readonly results?: Readonly<Record<string, string>>; readonly exit?: number }>;

let bundles: string;
let bench: Bench;
beforeEach(() => {
  bundles = mkdtempSync(join(tmpdir(), "bundles-"));
  for (const program of PROGRAMS) writeFileSync(join(bundles, `${program}.mjs`), STAND_IN);
});
afterEach(async () => {
  await bench.close();
  rmSync(bundles, { recursive: true });
});

async function release(wishes: Wishes) {
  bench = createBench({ bundles, environment: () => ({ WISHES: JSON.stringify(wishes) }) });
  for (const folder of ["tasks", "pipelines"])
    for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }))
      if (file.endsWith(".yaml") && !file.endsWith("kustomization.yaml"))
        bench.apply(readFileSync(join(ROOT, folder, file), "utf8"));
  bench.apply(`
kind: PipelineRun
metadata: {name: r}
spec:
  pipelineRef: {name: canary-release}
  params:
    - {name: service, value: my-app}
    - {name: namespace, value: prod}
    - {name: repository, value: me/my-app}
    - {name: revision, value: 0123456789abcdef0123456789abcdef01234567}`);
  return await bench.done("r");
}

const created = (next: string) => ({ results: { NEXT: next, EXPERIMENT: "prod/my-app-2" } });
const waited = { OUTCOME: "promoted", REASON: "CriteriaMet", SENTENCE: "all is well" };

describe("our pipeline", () => {
  it("runs all five programs for a canary, and shows the outcome", async () => {
    const status = await release({
      "create-experiment": created("canary"),
      "wait-and-cleanup/run": { results: waited },
    });
    expect(status.conditions?.[0]).toMatchObject({ status: "True", reason: "Succeeded" });
    const lines = bench.printed("r");
    expect(lines.slice(0, 2)).toEqual(["set-commit-status pending", "create-experiment"]);
    expect(lines.slice(2, 5).sort()).toEqual([
      "apply-candidate prod/my-app-2",
      "generate-load prod/my-app-2",
      "wait-and-cleanup run",
    ]);
    expect(lines.slice(5)).toEqual(["wait-and-cleanup settle", "set-commit-status terminal"]);
    expect(status.results).toContainEqual({ name: "outcome", value: "promoted" });
  });

  it("sends no load at a first deployment", async () => {
    const status = await release({
      "create-experiment": created("first"),
      "wait-and-cleanup/run": { results: waited },
    });
    expect(status.skippedTasks?.map(({ name }) => name)).toEqual(["generate-load"]);
  });

  it("only sets the status when there is nothing to compare", async () => {
    const status = await release({ "create-experiment": { results: { NEXT: "stop", EXPERIMENT: "" } } });
    expect(status.conditions?.[0]).toMatchObject({ status: "True", reason: "Completed" });
    expect(bench.printed("r").slice(2)).toEqual(["wait-and-cleanup settle", "set-commit-status terminal"]);
  });

  it("sets the status after a rollback and after a refused input, even when settling fails", async () => {
    const status = await release({
      "create-experiment": { exit: 2 },
      "wait-and-cleanup/settle": { exit: 3 },
    });
    expect(status.conditions?.[0]).toMatchObject({ status: "False", reason: "Failed" });
    expect(bench.printed("r").at(-1)).toBe("set-commit-status terminal");
  });

  it("shows the outcome of a run whose wait step failed", async () => {
    const status = await release({
      "create-experiment": created("canary"),
      "wait-and-cleanup/run": { exit: 10, results: { ...waited, OUTCOME: "rolled-back" } },
    });
    expect(status.conditions?.[0]).toMatchObject({ status: "False", reason: "Failed" });
    expect(status.results).toContainEqual({ name: "outcome", value: "rolled-back" });
  });
});
