/**
 * What the load generator claims: it holds its rate, whatever the application does, and costs little. Takes about 16 s;
 * everything stays on this machine.
 *
 *     npm run bench -- load
 */
import { fork } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sendLoad } from "../../steps/generate-load/open-loop.ts";
import { httpLoad } from "../../steps/lib/clients/http-load.ts";
import { createSchedule } from "../../steps/lib/load/pacing.ts";
import { realClock } from "../../steps/lib/process/clock.ts";

const METHOD = `A server in a process of its own on 127.0.0.1 answers 1 KB after a set delay. The generator sends by its open
loop; latency counts from when a request was due. CPU is that of the generator's process alone, in percent of one core.`;

const CASES = [
  { rate: 10, delayMs: 0, seconds: 4 },
  { rate: 100, delayMs: 0, seconds: 4 },
  { rate: 500, delayMs: 0, seconds: 4 },
  { rate: 100, delayMs: 1000, seconds: 3 },
] as const;

/** The path is the delay in ms. */
function serve(): void {
  const body = "x".repeat(1024);
  const server = createServer((request, response) => {
    setTimeout(() => response.end(body), Number(request.url?.slice(1)));
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("disconnect", () => process.exit());
}

async function measure(
  port: number,
  { rate, delayMs, seconds }: (typeof CASES)[number],
): Promise<readonly string[]> {
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  // As the real clock, but finer than a millisecond.
  const clock = { ...realClock(), now: () => performance.timeOrigin + performance.now() };
  const plan = {
    target: { secure: false, address: "127.0.0.1", port, path: `/${delayMs}` },
    intervalMs: 1000 / rate,
    durationMs: seconds * 1000,
  };
  const begin = performance.now();
  const cpuBefore = process.cpuUsage();
  const { tally, elapsedMs } = await sendLoad(plan, {
    clock,
    log: quiet,
    sender: httpLoad(),
    signal: new AbortController().signal,
  });
  const { user, system } = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - begin;
  const planned = createSchedule(0, plan.intervalMs, plan.durationMs).count;
  const failed = [...tally.failed.values()].reduce((sum, count) => sum + count, 0);
  const ms = (value: number | undefined) => (value === undefined ? "-" : `${value.toFixed(1)} ms`);
  return [
    `${rate}/s`,
    `${delayMs} ms`,
    `${((tally.sent * 1000) / elapsedMs).toFixed(1)}/s`,
    `${tally.sent} of ${planned}`,
    String(failed),
    ms(tally.latency.quantile(0.5)),
    ms(tally.latency.quantile(0.99)),
    `${((user + system) / 10 / wallMs).toFixed(1)} %`,
  ];
}

async function bench(): Promise<void> {
  const server = fork(process.argv[1] ?? "", ["serve"]);
  const port = await new Promise<number>((resolve) =>
    server.once("message", (message) => resolve(Number(message))),
  );
  console.log(`${METHOD}\n`);
  const header = ["asked", "delay", "held", "sent", "failed", "p50", "p99", "CPU"];
  console.log(`| ${header.join(" | ")} |\n|${" --- |".repeat(header.length)}`);
  for (const each of CASES) console.log(`| ${(await measure(port, each)).join(" | ")} |`);
  server.disconnect();
}

if (process.argv[2] === "serve") serve();
else await bench();
