import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { Behaviour } from "../../../sandbox/workloads/behaviour.ts";
import { processRuntime } from "../../../sandbox/workloads/processes.ts";
import type { Container } from "../../../sandbox/workloads/runtime.ts";
import type { Pod } from "../../../steps/lib/ports/kinds.ts";

const program = fileURLToPath(new URL("../../../samples/tutorial/app/app.mjs", import.meta.url));
const PROBE = {
  readinessProbe: { httpGet: { path: "/healthz", port: 3000 }, failureThreshold: 1, periodSeconds: 1 },
};

interface Running {
  readonly container: Container;
  readonly events: string[];
  readonly lines: string[];
  port: number;
}

const running: Running[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ container }) => container.stop(0)));
});

function start(behaviour: Behaviour, container: object = {}): Running {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-1", namespace: "shop", labels: { version: "v2" } },
    spec: { containers: [{ name: "web", image: "web:2", ...container }] },
  };
  const events: string[] = [];
  const lines: string[] = [];
  const runtime = processRuntime({
    program,
    images: { "web:2": behaviour },
    log: (_pod, line) => lines.push(line),
  });
  const started: Running = {
    events,
    lines,
    port: 0,
    container: runtime.start(pod, {
      listening: (port) => {
        started.port = port;
      },
      ready: () => events.push("ready"),
      unready: () => events.push("unready"),
      exited: (code) => events.push(`exited ${code}`),
    }),
  };
  running.push(started);
  return started;
}

async function ready(behaviour: Behaviour, container: object = {}): Promise<Running> {
  const started = start(behaviour, container);
  const both = () => started.port > 0 && started.events.includes("ready");
  await expect.poll(both, { timeout: 5000 }).toBe(true);
  return started;
}

async function ask({ port }: Running, path = "/"): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return `${response.status} ${(await response.text()).trim()}`;
}

/** A request that the app surely has: it said "continue". The answer is a status, or the error. */
function accepted({ port }: Running): Promise<{ readonly answer: Promise<number | Error | undefined> }> {
  return new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", port, method: "POST", headers: { expect: "100-continue" } });
    const answer = new Promise<number | Error | undefined>((settle) => {
      sent.on("response", (response) => settle(response.resume().statusCode));
      sent.on("error", settle);
    });
    sent.on("continue", () => {
      sent.end();
      resolve({ answer });
    });
    sent.flushHeaders();
  });
}

describe("a container", () => {
  test("answers with its version and its pod", async () => {
    const app = await ready({});
    expect(await ask(app)).toBe("200 v2 from web-1");
    expect(await ask(app, "/healthz")).toBe("200 ok");
  });

  test("gets the environment of its manifest", async () => {
    const app = await ready({}, { env: [{ name: "VERSION", value: "blue" }] });
    expect(await ask(app)).toBe("200 blue from web-1");
  });

  test("takes the time that its image takes, and fails as often", async () => {
    const app = await ready({ latency: { p50: 60, p99: 60 }, errors: 100 });
    const before = performance.now();
    expect(await ask(app)).toBe("500 v2 from web-1: failed, as told");
    expect(performance.now() - before).toBeGreaterThan(55);
  });

  test("fails when it gets more requests than it can take", async () => {
    const app = await ready({ overload: { above: 5, errors: 100 } });
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(app)));
    expect(answers.filter((answer) => answer.startsWith("200"))).toHaveLength(5);
  });

  test("changes when it is told to", async () => {
    // biome-ignore lint/suspicious/noThenProperty: the scenario's word
    const app = await ready({ then: { after: 1, errors: 100 } });
    expect(await ask(app)).toContain("500");
  });

  test("that crashes exits with 1 and, with a probe, never gets ready", async () => {
    const app = start({ crash: true }, PROBE);
    await expect.poll(() => app.events, { timeout: 5000 }).toEqual(["exited 1"]);
    expect(app.lines).toContain("v2 from web-1: crashing, as told");
  });

  test("that hangs accepts requests and never answers", async () => {
    const app = await ready({ hang: true });
    const answer = fetch(`http://127.0.0.1:${app.port}/`, { signal: AbortSignal.timeout(100) });
    await expect(answer).rejects.toThrow("timeout");
  });

  test("is ready before it listens when nothing probes it", async () => {
    const app = start({ "ready-after": 60_000 });
    await expect.poll(() => app.events, { timeout: 5000 }).toEqual(["ready"]);
    expect(app.port).toBe(0);
  });

  test("is not ready before it listens when something does", async () => {
    const app = start({ "ready-after": 300 }, PROBE);
    await expect.poll(() => app.port, { timeout: 5000 }).toBeGreaterThan(0);
    await expect.poll(() => app.events, { timeout: 5000 }).toEqual(["ready"]);
  });

  test("is ready as its probe says", async () => {
    // biome-ignore lint/suspicious/noThenProperty: the scenario's word
    const app = await ready({ then: { after: 700, hang: true } }, PROBE);
    await expect.poll(() => app.events, { timeout: 5000 }).toEqual(["ready", "unready"]);
  });

  test("finishes its open requests before it ends", async () => {
    const app = await ready({ latency: { p50: 200, p99: 200 } });
    const { answer } = await accepted(app);
    await app.container.stop(2000);
    expect(await answer).toBe(200);
    expect(app.events).toEqual(["ready", "exited 0"]);
  });

  test("that does not end in time is killed", async () => {
    const app = await ready({ hang: true });
    const { answer } = await accepted(app);
    await app.container.stop(100);
    expect(app.events).toEqual(["ready", "exited 137"]);
    expect(await answer).toBeInstanceOf(Error);
  });
});

test("only images that are known can be pulled, and the reason names the image", () => {
  const { pull } = processRuntime({ program, images: { "web:1": {}, "web:2": { pull: false } } });
  expect(pull("web:1")).toBeUndefined();
  expect(pull("web:2")).toContain("web:2");
  expect(pull("web:3")).toContain('"web:3"');
});
