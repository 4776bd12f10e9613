import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

// Real processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-step-"));
  await writeFile(join(folder, "token"), "s3cret\n");
  await build({
    entryPoints: [fileURLToPath(new URL("fixture-step.ts", import.meta.url))],
    outfile: join(folder, "step.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
  });
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Runs the fixture; `signals` are sent one after the other as soon as it says that it waits. */
async function run(
  environment: Record<string, string>,
  ...signals: readonly NodeJS.Signals[]
): Promise<Ended> {
  const child = spawn(process.execPath, [join(folder, "step.mjs")], { env: environment });
  let stdout = "";
  let stderr = "";
  let sent = false;
  child.stdout.on("data", (data) => {
    stdout += data;
    if (sent || !stdout.includes("waiting")) return;
    sent = true;
    for (const signal of signals) child.kill(signal);
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const lines = stdout.trimEnd().split("\n");
  return { code, lines: lines.map((line) => line.replace(/\d\d:\d\d:\d\d /, "")), stderr };
}

function settings(what: string): Record<string, string> {
  return {
    PARAM_DO: what,
    PARAM_DRAIN: "10s",
    PARAM_DASHBOARD_URL: "",
    PARAM_SERVICE: "web",
    TOKEN_PATH: join(folder, "token"),
    RESULT_NEXT_PATH: join(folder, "next"),
  };
}

describe("how a step ends", () => {
  test("its sentence is the last line, its results are files, secrets are hidden", async () => {
    const ended = await run(settings("succeed"));
    expect(ended).toEqual({ code: 0, lines: ["token ***", "promoted: all is well"], stderr: "" });
    expect(await readFile(join(folder, "next"), "utf8")).toBe("canary");
  });

  test("with its own exit code, at once, whatever is still open", async () => {
    const start = Date.now();
    expect(await run(settings("roll-back"))).toMatchObject({ code: 10, lines: ["::error::rolled back"] });
    expect(Date.now() - start).toBeLessThan(20_000);
  });

  test("an error of a port is one line and exit code 3", async () => {
    const lines = ["::error::could not get Pod shop/a: ***"];
    expect(await run(settings("be-refused"))).toEqual({ code: 3, lines, stderr: "" });
  });

  test("a mistake of ours shows its stack, exit code 1", async () => {
    const { code, lines } = await run(settings("break"));
    expect(code).toBe(1);
    expect(lines[0]).toBe("::error::TypeError: x is not a function");
    expect(lines[1]).toMatch(/^::error::at /);
  });
});

test("every wrong setting is a line with its value and what is allowed", async () => {
  const { PARAM_DO: _, ...rest } = settings("");
  const wrong = {
    ...rest,
    PARAM_DRAIN: "ten",
    PARAM_DASHBOARD_URL: "http://me:pw@host",
    PARAM_SERVICE: "Web",
  };
  const { code, lines } = await run(wrong);
  expect(code).toBe(2);
  expect(lines).toEqual([
    "::error::param do is not set",
    '::error::param drain must be a duration such as "90s" or "1h30m", not "ten"',
    "::error::param dashboard-url must not carry credentials, hence no @",
    '::error::param service must be a DNS label (a-z, 0-9 and "-", at most 63 characters), not "Web"',
  ]);
});

test.each(["http://me:p@w@host", "http:me:pw@host", "https://pw@host", "http://me:pw/@host"])(
  "an URL with credentials is refused, and they are not shown: %s",
  async (url) => {
    const { code, lines } = await run({ ...settings("succeed"), PARAM_DASHBOARD_URL: url });
    expect(code).toBe(2);
    expect(lines.join()).toMatch(/param dashboard-url must not carry credentials/);
    expect(lines.join()).not.toMatch(/pw|p@w/);
  },
);

test("a Task with an outcome among its results tells by them what was wrong", async () => {
  const paths = Object.fromEntries(
    ["OUTCOME", "REASON", "SENTENCE"].map((name) => [`RESULT_${name}_PATH`, join(folder, name)]),
  );
  await run({ ...settings("succeed"), ...paths, PARAM_DRAIN: "ten", PARAM_SERVICE: "Web" });
  const written = await Promise.all(Object.values(paths).map((path) => readFile(path, "utf8")));
  expect(written).toEqual([
    "rejected",
    "InvalidInput",
    expect.stringMatching(
      /^Rejected: param drain must be .*, not "ten"; param service must be .*, not "Web"$/,
    ),
  ]);
});

describe("SIGTERM", () => {
  test("ends a step that waits, exit code 143", async () => {
    expect(await run(settings("wait"), "SIGTERM")).toEqual({
      code: 143,
      lines: ["waiting", "::error::ended by SIGTERM"],
      stderr: "",
    });
  });

  test("leaves a step the time to clean up and to say how it ended; a second one changes nothing", async () => {
    expect(await run(settings("clean-up"), "SIGTERM", "SIGINT", "SIGTERM")).toEqual({
      code: 0,
      lines: ["waiting", "traffic is safe"],
      stderr: "",
    });
  });
});
