import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { sendLoad } from "../../../steps/generate-load/open-loop.ts";
import { httpLoad } from "../../../steps/lib/clients/http-load.ts";
import { realClock } from "../../../steps/lib/process/clock.ts";

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
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

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
