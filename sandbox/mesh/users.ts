/** The users: independent callers who neither know nor wait for each other, and what they saw. */
import { Agent, request as startRequest } from "node:http";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import { SERVED_BY } from "./gateway.ts";

export interface UsersOptions {
  /** The gateway. */
  readonly host: string;
  readonly port: number;
  readonly hostHeader: string;
  readonly path?: string;
  /** Requests per second on average; they arrive independently of each other (Poisson). */
  readonly rate: number;
  readonly keepalive: boolean;
  /** In [0, 1). */
  readonly random: () => number;
  readonly clock: Clock;
}

/** What one version answered; latencies in milliseconds, failed requests included. */
export interface Seen {
  readonly total: number;
  /** Answers 5xx, answers that no version gave, broken connections, and time-outs. */
  readonly errors: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Users {
  /**
   * By answering Deployment (`(none)` when nobody did): the requests that left in [from, to), ms since the epoch, and are
   * over by now. Only the newest 200,000 requests are remembered.
   */
  seen(from: number, to: number): Readonly<Record<string, Seen>>;
  /** Requests under way. */
  open(): number;
  /** No more requests; resolves when the open ones are over. */
  close(): Promise<void>;
}

interface Visit {
  readonly left: number;
  readonly version: string;
  readonly failed: boolean;
  readonly latencyMs: number;
}

const NOBODY = "(none)";
const TIMEOUT_MS = 10_000;
const REMEMBERED = 200_000;

/** Requests leave on a schedule of their own, whatever the answers do: a slow service does not slow the users down. */
export function startUsers(options: UsersOptions): Users {
  const { rate, random, clock, keepalive } = options;
  if (!(rate > 0)) throw new RangeError(`the users' rate is ${rate}; it must be above 0 requests per second`);
  const agent = new Agent({ keepAlive: keepalive });
  const stopping = new AbortController();
  const open = new Set<Promise<void>>();
  let visits: Visit[] = [];

  function visit(): void {
    const left = clock.now();
    const started = performance.now();
    const done = call(options, agent).then(({ version, failed }) => {
      open.delete(done);
      visits.push({ left, version, failed, latencyMs: performance.now() - started });
      if (visits.length > 1.25 * REMEMBERED) visits = visits.slice(-REMEMBERED);
    });
    open.add(done);
  }

  async function run(): Promise<void> {
    for (let next = clock.now(); !stopping.signal.aborted; next += (-Math.log(1 - random()) * 1000) / rate) {
      if (next > clock.now()) await clock.sleep(next - clock.now(), stopping.signal);
      visit();
    }
  }

  const running = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });

  return {
    seen: (from, to) => summarise(visits.filter(({ left }) => left >= from && left < to)),
    open: () => open.size,
    async close() {
      stopping.abort();
      await running;
      await Promise.all(open);
      agent.destroy();
    },
  };
}

function call(
  { host, port, hostHeader, path = "/" }: UsersOptions,
  agent: Agent,
): Promise<{ readonly version: string; readonly failed: boolean }> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const headers = { host: hostHeader };
    const request = startRequest({ host, port, path, headers, agent, signal }, (response) => {
      const version = [response.headers[SERVED_BY]].flat()[0] ?? NOBODY;
      const { statusCode = 0 } = response;
      response.on("end", () => resolve({ version, failed: statusCode >= 500 || version === NOBODY }));
      response.on("error", () => resolve({ version, failed: true }));
      response.resume();
    });
    request.on("error", () => resolve({ version: NOBODY, failed: true }));
    request.end();
  });
}

function summarise(visits: readonly Visit[]): Readonly<Record<string, Seen>> {
  const summary: Record<string, Seen> = {};
  for (const version of new Set(visits.map((visit) => visit.version))) {
    const own = visits.filter((visit) => visit.version === version);
    const latencies = own.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    summary[version] = {
      total: own.length,
      errors: own.filter(({ failed }) => failed).length,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
    };
  }
  return summary;
}

/** The smallest latency that at least this share of the requests did not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
