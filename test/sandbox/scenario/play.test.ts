import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { startForge } from "../../../sandbox/forge/forge.ts";
import { createOnlooker } from "../../../sandbox/scenario/onlooker.ts";
import { playSteps } from "../../../sandbox/scenario/play.ts";
import { readScenario } from "../../../sandbox/scenario/read.ts";
import type { ScenarioFile } from "../../../sandbox/scenario/schema.ts";
import type { Stage } from "../../../sandbox/scenario/stage.ts";
import type { World } from "../../../sandbox/scenario/world.ts";
import type { Clock } from "../../../steps/lib/ports/clock.ts";
import { realClock } from "../../../steps/lib/process/clock.ts";
import { START, sightingLog } from "./sighting-log.ts";

/** A stage with no more of a world than a test needs. */
function stageOf(world: Partial<World>, clock: Clock = realClock()): Stage {
  const place = {
    name: "here",
    graceMs: 0,
    deafMs: 5000,
    start: () => Promise.reject(new Error("not needed")),
  };
  const subject = {
    service: "web",
    namespace: "shop",
    params: {},
    traffic: undefined,
    manifestPath: undefined,
  };
  const there = { triggered: async () => {}, isWorking: () => false, ...world } as World;
  const onlooker = createOnlooker(clock);
  return { place, world: there, onlooker, clock, subjects: [subject], played: [], tell: () => {} };
}

function stepsOf(yaml: string): ScenarioFile["steps"] {
  const reading = readScenario(`{apiVersion: scenario/v1, name: it, service: web, steps: ${yaml}}`, "it");
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  return reading.scenario.steps;
}

const failing = (why: string) => () => Promise.reject(new Error(why));

describe("what fails while a scenario plays", () => {
  test("an act is a problem of its step, which goes on", async () => {
    const stage = stageOf({ restartGateway: failing("no gateway") });
    await playSteps(
      stage,
      stepsOf("[{wait: 50ms, events: [{when: {after: 0s}, do: {restart: gateway}}]}, {wait: 1ms}]"),
    );
    expect(stage.played.map(({ problems }) => problems)).toEqual([
      ['the event "restart gateway" failed: no gateway'],
      [],
    ]);
  });

  test("a step throws when what its events took away is back", async () => {
    const order: string[] = [];
    let isAway = () => {};
    const away = new Promise<void>((resolve) => {
      isAway = resolve;
    });
    const stage = stageOf({
      outage: async (part) => {
        order.push(`${part} away`);
        isAway();
        return async () => void order.push(`${part} back`);
      },
      forge: {
        redeliver: async () => {
          await away;
          order.push("failed");
          throw new Error("nothing to repeat");
        },
      } as unknown as World["forge"],
    });
    const outage = "{when: {after: 0s}, do: {outage: {of: mesh, for: 50ms}}}";
    const playing = playSteps(stage, stepsOf(`[{webhook: {redeliver: last}, events: [${outage}]}]`));
    await expect(playing).rejects.toThrow("nothing to repeat");
    expect(order).toEqual(["mesh away", "failed", "mesh back"]);
  });

  test("a step in the background is a problem of the world, and the others play on", async () => {
    const forge = { redeliver: failing("nothing to repeat") } as unknown as World["forge"];
    const stage = stageOf({ forge });
    await playSteps(stage, stepsOf("[{webhook: {redeliver: last}, background: true}, {wait: 50ms}]"));
    expect(stage.onlooker.problems).toEqual(["nothing to repeat"]);
    expect(stage.played[1]?.until).toBeDefined();
  });

  test("a run that comes after its step is told too", async () => {
    const stage = stageOf({});
    const playing = playSteps(stage, stepsOf("[{wait: 1ms}]"));
    const metadata = { name: "web-1234", namespace: "tekton-canary" };
    const object = { apiVersion: "tekton.dev/v1", kind: "PipelineRun", metadata };
    stage.onlooker.add({ kind: "object", at: Date.now(), change: "ADDED", object, staged: false });
    await playing;
    expect(stage.onlooker.problems).toEqual(["web-1234 started although no step asked for it"]);
  });
});

describe("users come until it is certain when the traffic settled", () => {
  const LIMIT = "[{wait: 1s, expect: {settled-within: 10s}}]";

  /** In virtual time: when the step is over if web-1 answers until then although the route names web-2 only. */
  async function overAfter(straysUntil: number, steps = LIMIT): Promise<number> {
    let now = START;
    const clock: Clock = {
      now: () => now,
      async sleep(ms) {
        now += ms;
        const at = now;
        if (at - START > straysUntil) return;
        for (const one of sightingLog().reply("web-1").seen) stage.onlooker.add({ ...one, at });
      },
    };
    const stage = stageOf({}, clock);
    const log = sightingLog().service().deployment("web-2").route({ "web-2": 100 });
    for (const one of log.seen) stage.onlooker.add(one);
    await playSteps(stage, stepsOf(steps));
    return now - START;
  }

  test("for two seconds after the last answer of another version", async () => {
    expect(await overAfter(0)).toBe(1000);
    expect(await overAfter(6000)).toBe(8050);
  });

  test("and not longer than the latest time at which it could be in time", async () => {
    expect(await overAfter(Number.POSITIVE_INFINITY)).toBe(1000 + 5000 + 10_000 + 2000);
  });

  test("but only where the step asks for it", async () => {
    expect(await overAfter(Number.POSITIVE_INFINITY, "[{wait: 1s}]")).toBe(1000);
  });
});

test("each forged webhook differs from the push's by what its step says, and from no other forged one", async () => {
  const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    response.writeHead(202).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtemp(join(tmpdir(), "forge-"));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const forge = await startForge({
    folder,
    repository: "acme/shop",
    token: "good",
    webhooks: () => [{ url, secret: "shared" }],
    clock: realClock(),
  });
  onTestFinished(async () => {
    await forge.stop();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  await forge.push({ files: { "config/deploy.yaml": "1" }, message: "one" });
  await forge.announced();

  const file = "test/scenarios/forged-webhooks.yaml";
  const reading = readScenario(await readFile(file, "utf8"), file);
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  const steps = reading.scenario.steps.filter(({ webhook }) => webhook !== undefined);
  await playSteps(stageOf({ forge }), steps);

  const [real, ...others] = received.map(({ headers, body }) => ({
    id: headers["x-github-delivery"],
    "good signature":
      headers["x-hub-signature-256"] ===
      `sha256=${createHmac("sha256", "shared").update(body).digest("hex")}`,
    ...(JSON.parse(body) as Record<string, unknown>),
  }));
  const differences = others.map((one: Record<string, unknown>) =>
    [...new Set([...Object.keys(one), ...Object.keys(real ?? {})])].filter(
      (key) => JSON.stringify(one[key]) !== JSON.stringify((real as Record<string, unknown>)[key]),
    ),
  );
  expect(differences).toEqual([
    ["id", "good signature"],
    ["id", "good signature"],
    ["id", "good signature", "padding"],
    ["id", "repository"],
    ["id", "ref"],
    [],
    ["id"],
  ]);
});
