import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { sendLoad } from "../../../steps/generate-load/open-loop.ts";
import { httpLoad } from "../../../steps/lib/clients/http-load.ts";
import { realClock } from "../../../steps/lib/process/clock.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

test("held up until after the end, it counts what was due meanwhile", async () => {
  const clock = createVirtualClock();
  const target = { secure: false, address: "10.0.0.1", port: 80, path: "/" };

  const { tally } = await clock.runUntil(
    sendLoad(
      { target, intervalMs: 10, durationMs: 600 },
      {
        clock: { now: clock.now, sleep: (ms, signal) => clock.sleep(Math.max(ms, 1200), signal) },
        log,
        sender: { send: async () => ({ status: 200 }), close: () => undefined },
        signal: new AbortController().signal,
      },
    ),
  );

  // The first at once; when it wakes up the next twenty are more than a second late.
  expect(tally.sent).toBe(40);
  expect([...tally.skipped]).toEqual([["the load generator was held up", 20]]);
});

test("over real HTTP, an application that lets everybody wait gets its requests all the same", async () => {
  // A client that waits for answers before it sends more would wait here for ever.
  const waiting: ServerResponse[] = [];
  const server = createServer((_, response) => {
    waiting.push(response);
    if (waiting.length >= 30) for (const open of waiting) open.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const plan = {
    target: { secure: false, address: "127.0.0.1", port, path: "/" },
    intervalMs: 10,
    durationMs: 600,
  };
  const { tally } = await sendLoad(plan, {
    clock: realClock(),
    log,
    sender: httpLoad(),
    signal: new AbortController().signal,
  });
  server.close();

  const skipped = [...tally.skipped.values()].reduce((sum, count) => sum + count, 0);
  expect(tally.sent + skipped).toBe(60);
  expect([...tally.failed]).toEqual([]);
  // The first ones waited for the thirtieth.
  expect(tally.latency.max()).toBeGreaterThan(200);
});
