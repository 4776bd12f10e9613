/** One request to one of several pods: keeps connections, and tries another pod when none was reached. */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as startRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "./mesh-config.ts";

export interface PodAddress {
  readonly host: string;
  readonly port: number;
}

export interface Reachable {
  readonly endpoint: Endpoint;
  /** Undefined when the pod is gone: no packet comes back from there. */
  readonly address: PodAddress | undefined;
}

export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type UpstreamResult =
  | { readonly endpoint: Endpoint; readonly reply: IncomingMessage }
  | { readonly endpoint: Endpoint; readonly error: Error };

export interface Upstream {
  /** Asks a random one of `pods` (at least one), and others up to `retries` times while no connection is made. */
  send(
    request: UpstreamRequest,
    pods: readonly Reachable[],
    retries: number,
    signal: AbortSignal,
  ): Promise<UpstreamResult>;
  close(): void;
}

interface Failure {
  readonly error: Error;
  /** Whether a pod may have seen the request. */
  readonly reached: boolean;
}

/** Headers that belong to one hop; they are not passed on. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "expect",
]);

const AT_ONCE_MS = 20;
/** How long Istio's proxies wait for a connection. */
const CONNECT_MS = 10_000;

/** Draws pods with `random` (in [0, 1)). */
export function createUpstream(random: () => number): Upstream {
  const agent = new Agent({ keepAlive: true });

  function ask(
    { method, path, headers, body }: UpstreamRequest,
    { host, port }: PodAddress,
    signal: AbortSignal,
  ): Promise<IncomingMessage | Failure> {
    return new Promise((resolve) => {
      const sent = { ...endToEnd(headers), "content-length": String(body.length) };
      const started = performance.now();
      const outgoing = startRequest({ host, port, method, path, headers: sent, agent, signal }, resolve);
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        // A kept connection that breaks at once was closed before; one that breaks later took the request with it.
        const closedBefore =
          outgoing.reusedSocket && error.code === "ECONNRESET" && performance.now() - started < AT_ONCE_MS;
        resolve({ reached: error.code !== "ECONNREFUSED" && !closedBefore, error });
      });
      outgoing.end(body);
    });
  }

  return {
    async send(request, pods, retries, signal) {
      let candidates = [...pods];
      for (let attempt = 0; ; attempt += 1) {
        const chosen = candidates[Math.floor(random() * candidates.length)];
        if (chosen === undefined) throw new Error("there is no pod to ask");
        const { endpoint, address } = chosen;
        const answer = address === undefined ? await nobody(signal) : await ask(request, address, signal);
        if (!("error" in answer)) return { endpoint, reply: answer };
        if (answer.reached || attempt >= retries || signal.aborted) return { endpoint, error: answer.error };
        const others = candidates.filter((candidate) => candidate !== chosen);
        candidates = others.length > 0 ? others : candidates;
      }
    },
    close: () => agent.destroy(),
  };
}

async function nobody(signal: AbortSignal): Promise<Failure> {
  await sleep(CONNECT_MS, undefined, { signal }).catch(() => {});
  return { reached: false, error: new Error("nobody answers at the address of a pod that is gone") };
}

/** The headers that concern both ends. */
export function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
