import { describe, expect, test } from "vitest";
import { generateLoad } from "../../../steps/generate-load/step.ts";
import type { Answer } from "../../../steps/lib/load/sender.ts";
import { RefusedError, UnavailableError } from "../../../steps/lib/ports/errors.ts";
import { config, createWorld, waitTaskRun } from "./world.ts";

const ONE_MINUTE = { ip: "10.0.0.1", "load-duration": "60" };
const LONG = { ip: "10.0.0.1", "load-duration": "600" };

describe("sends load", () => {
  test("at the asked rate until load-duration is over, and says how it went", async () => {
    const { clock, deps, lines, requests } = createWorld({
      ...ONE_MINUTE,
      "app-path": "/demo",
      "app-host": "web.example",
    });

    const end = await clock.runUntil(generateLoad(config, deps));

    expect(end).toEqual({
      exitCode: 0,
      sentence:
        "Load stopped after 1m, load-duration is over: sent 600 (10/s of 10/s), none failed, p50 20ms, p99 20ms, max 20ms.",
    });
    expect(requests.slice(0, 3).map(({ at }) => at)).toEqual([0, 100, 200]);
    expect(requests[0]?.target).toEqual({
      secure: false,
      address: "10.0.0.1",
      port: 80,
      path: "/demo",
      host: "web.example",
    });
    expect(lines).toEqual([
      "sending 10/s to http://10.0.0.1:80/demo as web.example until the release is over, for 1m at most",
      ...Array<string>(5).fill("sent 100 (10/s of 10/s), none failed, p50 20ms, p99 20ms, max 20ms"),
    ]);
  });

  test("with the params' settings before the repository's", async () => {
    const { clock, deps, requests } = createWorld(ONE_MINUTE);
    const overrides = { ...config.overrides, "load-frequency": "0.5", port: "8080" };

    await clock.runUntil(generateLoad({ ...config, overrides }, deps));

    expect(requests.length).toBe(120);
    expect(requests[0]?.target.port).toBe(8080);
  });

  test("just as fast when the application is slow, and the latency counts from when a request was due", async () => {
    const world = createWorld(ONE_MINUTE, () => world.clock.sleep(5000).then(() => ({ status: 200 })));

    const { sentence } = await world.clock.runUntil(generateLoad(config, world.deps));

    expect(world.requests.length).toBe(600);
    expect(sentence).toContain("p50 5s");
  });

  test("with at most 200 requests open; those due meanwhile are skipped, and said", async () => {
    const world = createWorld(
      { ...ONE_MINUTE, "load-frequency": "0.01" },
      () => new Promise<Answer>(() => undefined),
    );

    const { sentence } = await world.clock.runUntil(generateLoad(config, world.deps));

    expect(world.requests.length).toBe(200);
    expect(sentence).toContain("200 failed (200x cut off), 5800 skipped (5800x too many requests open)");
  });

  test("and goes on when the answers are errors", async () => {
    const world = createWorld(ONE_MINUTE, async () => ({ status: 503 }));

    const end = await world.clock.runUntil(generateLoad(config, world.deps));

    expect(end.exitCode).toBe(0);
    expect(end.sentence).toContain("600 failed (600x HTTP 503)");
  });
});

describe("ends with the release", () => {
  const ended = { completionTime: "2030-01-01T00:00:30Z" };
  test.each<[reason: string, happen: (world: ReturnType<typeof createWorld>) => unknown]>([
    [
      "the Experiment shop/web-v2 is completed",
      ({ setStatus }) => setStatus("Experiment", "shop", "web-v2", { phase: "Completed" }),
    ],
    ["the Experiment shop/web-v2 is gone", ({ store }) => store.remove("Experiment", "shop", "web-v2")],
    [
      "the Experiment shop/web-v2 is another run's",
      ({ store }) =>
        store.patch("Experiment", "shop", "web-v2", {
          metadata: { labels: { "tekton-canary/run": "uid-2" } },
        }),
    ],
    [
      "the task wait-and-cleanup has ended",
      ({ store, setStatus }) => {
        store.create(waitTaskRun);
        setStatus("TaskRun", "ci", waitTaskRun.metadata.name, ended);
      },
    ],
    ["the PipelineRun ci/web-1 is gone", ({ store }) => store.remove("PipelineRun", "ci", "web-1")],
    ["the PipelineRun ci/web-1 has ended", ({ setStatus }) => setStatus("PipelineRun", "ci", "web-1", ended)],
  ])("%s", async (reason, happen) => {
    const world = createWorld(LONG);
    const ending = generateLoad(config, world.deps);
    await world.clock.runFor(30_500);
    happen(world);

    const end = await world.clock.runUntil(ending);

    expect(end.exitCode).toBe(0);
    expect(end.sentence).toMatch(`Load stopped after 32s, ${reason}: sent 320 (10/s of 10/s)`);
    expect(world.closed.aborted).toBe(true);
    await world.clock.runFor(10_000);
    expect(world.clock.pending()).toBe(0);
  });

  test("a wait task of another run, or one that still runs, ends nothing", async () => {
    const world = createWorld(ONE_MINUTE);
    world.store.create(waitTaskRun);
    world.store.create({
      ...waitTaskRun,
      metadata: {
        ...waitTaskRun.metadata,
        name: "web-0-wait-and-cleanup",
        labels: { ...waitTaskRun.metadata.labels, "tekton.dev/pipelineRun": "web-0" },
      },
    });
    world.setStatus("TaskRun", "ci", "web-0-wait-and-cleanup", { completionTime: "2030-01-01T00:00:00Z" });

    const { sentence } = await world.clock.runUntil(generateLoad(config, world.deps));

    expect(sentence).toContain("load-duration is over");
  });

  test("SIGTERM ends it within 3 s and with 143, so that a killed pod is no success", async () => {
    const world = createWorld(LONG, () => new Promise<Answer>(() => undefined));
    const ending = generateLoad(config, world.deps);
    await world.clock.runFor(5000);
    const before = world.clock.now();
    world.terminate();

    const end = await world.clock.runUntil(ending);

    expect(end.exitCode).toBe(143);
    expect(end.sentence).toMatch("Load stopped after 5s, ended by SIGTERM: sent 51");
    expect(world.clock.now() - before).toBeLessThanOrEqual(3000);
  });
});

describe("never stands in the way of a release", () => {
  test("wrong settings are one warning, no load, and exit code 0", async () => {
    const { clock, deps, lines, requests } = createWorld({ ip: "169.254.169.254", port: "none" });

    const end = await clock.runUntil(generateLoad(config, deps));

    expect(end).toEqual({ exitCode: 0, sentence: "No load was sent, because its settings are wrong." });
    expect(lines).toEqual([
      'warning: wrong load settings: ip must be one of the param load-allowed-hosts (10.0.0.1), not "169.254.169.254"; ' +
        'port must be a whole number from 1 to 65535, not "none"',
    ]);
    expect(requests).toEqual([]);
  });

  test("no settings, no load", async () => {
    const { clock, deps, lines } = createWorld({});

    const end = await clock.runUntil(generateLoad(config, deps));

    expect(end).toEqual({ exitCode: 0, sentence: "No load was sent: no load setting is given." });
    expect(lines).toEqual([]);
  });

  test("a stored object that is not ours to read is one warning", async () => {
    const world = createWorld(LONG);
    world.store.patch("ConfigMap", "shop", "web-v2-release", { data: { "properties.json": "[1]" } });

    const end = await world.clock.runUntil(generateLoad(config, world.deps));

    expect(end.exitCode).toBe(0);
    expect(world.lines[0]).toContain("properties.json in the ConfigMap web-v2-release");
  });

  test("an address that turns out to be link-local stops the load at once", async () => {
    const world = createWorld(LONG, async () => ({ failure: "link-local address" }));

    const end = await world.clock.runUntil(generateLoad(config, world.deps));

    expect(end.exitCode).toBe(0);
    expect(end.sentence).toMatch("Load stopped after 0ms, its address is not allowed: sent 1");
    expect(world.lines.at(-1)).toContain("warning: 10.0.0.1 is a link-local address");
    expect(world.requests.length).toBe(1);
  });

  test("a cluster that is away is one line, and load goes on", async () => {
    const world = createWorld(ONE_MINUTE);
    const { cluster, ...deps } = world.deps;
    const away = {
      ...cluster,
      list: () => Promise.reject(new UnavailableError("could not list TaskRuns: no answer")),
    };

    const end = await world.clock.runUntil(generateLoad(config, { ...deps, cluster: away }));

    expect(end.sentence).toContain("load-duration is over: sent 600");
    expect(world.lines.filter((line) => line.startsWith("warning"))).toEqual([
      "warning: load goes on, but not knowing whether the release is over: could not list TaskRuns: no answer",
    ]);
  });

  test("settings that can't be read leave those of the params", async () => {
    const world = createWorld({ port: "1" });
    const refused = {
      ...world.deps.cluster,
      get: () => Promise.reject(new RefusedError("could not get: forbidden")),
    };
    const overrides = { ...config.overrides, ip: "10.0.0.1", "load-duration": "1" };

    const end = await world.clock.runUntil(
      generateLoad({ ...config, overrides }, { ...world.deps, cluster: refused }),
    );

    expect(end.exitCode).toBe(0);
    expect(world.requests[0]?.target.port).toBe(80);
    expect(world.lines[0]).toBe("warning: only the params say which load to send: could not get: forbidden");
  });

  test("waits a minute for a cluster that is away at the start; SIGTERM ends that too", async () => {
    const world = createWorld(LONG);
    const away = { ...world.deps.cluster, get: () => Promise.reject(new UnavailableError("away")) };
    const ending = generateLoad(config, { ...world.deps, cluster: away });
    await world.clock.runFor(10_000);
    world.terminate();

    expect(await world.clock.runUntil(ending)).toEqual({
      exitCode: 143,
      sentence: "No load was sent: ended by SIGTERM.",
    });
    expect(world.lines).toEqual(["warning: away; trying again for up to 1m"]);
  });

  test("a mistake of ours shows its stack and still exits 0", async () => {
    const world = createWorld(LONG, () => Promise.reject(new TypeError("what a mistake")));

    const end = await world.clock.runUntil(generateLoad(config, world.deps));

    expect(end).toEqual({
      exitCode: 0,
      sentence: "The load generator failed; the release goes on without it.",
    });
    expect(world.lines.join("\n")).toMatch(/warning: TypeError: what a mistake\nwarning: +at /);
  });

  test("run again from the start, it finds a release that is over and sends next to nothing", async () => {
    const world = createWorld(LONG);
    world.setStatus("Experiment", "shop", "web-v2", { phase: "Completed" });

    const { sentence } = await world.clock.runUntil(generateLoad(config, world.deps));

    expect(sentence).toContain("is completed: sent 1 ");
  });
});
