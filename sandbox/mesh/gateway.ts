/** The mesh and its ingress gateway in one reverse proxy: routes by the store's VirtualServices to the demo's pods. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { Pod } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "../cluster/store.ts";
import { MESH_KINDS, type MeshConfig, readMeshConfig } from "./mesh-config.ts";
import { type Routed, routeRequest } from "./route-request.ts";
import { createTelemetry, startMetricsPort } from "./telemetry.ts";
import { createUpstream, endToEnd, type PodAddress, type Reachable } from "./upstream.ts";

export interface GatewayOptions {
  readonly store: Store;
  /** In [0, 1); draws destinations and pods. */
  readonly random: () => number;
  /** Where a pod listens; undefined while it does not. */
  readonly address: (pod: Pod) => PodAddress | undefined;
  /** Told once of each object that the mesh cannot follow; it has no effect. */
  readonly onProblem: (problem: string) => void;
}

export interface Gateway {
  readonly host: string;
  readonly port: number;
  /** What Prometheus scrapes. */
  readonly metricsUrl: string;
  /** The control plane is away: the configuration stays as it is, the pods known to it too. */
  freeze(): void;
  thaw(): void;
  /** Resolves when the open requests are answered. */
  close(): Promise<void>;
}

/** Tells the caller who answered: the Deployment's name. */
export const SERVED_BY = "x-served-by";

const MAX_BODY = 1 << 20;

/** Listens on a free port of 127.0.0.1. Changes in the store take effect with the next request. */
export async function startGateway({ store, random, address, onProblem }: GatewayOptions): Promise<Gateway> {
  const telemetry = createTelemetry();
  const metrics = await startMetricsPort(telemetry);
  const upstream = createUpstream(random);
  const reported = new Set<string>();
  let config: MeshConfig | undefined;
  let frozen = false;
  const unwatch = store.watch(({ object }) => {
    if (!frozen && MESH_KINDS.has(object.kind)) config = undefined;
  });

  function currentConfig(): MeshConfig {
    if (config !== undefined) return config;
    config = readMeshConfig(store);
    for (const problem of config.problems) {
      if (!reported.has(problem)) onProblem(problem);
      reported.add(problem);
    }
    return config;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    const body = await bodyOf(request);
    if (body === undefined) return answer(response, 413, "request too large");
    const routed = routeRequest(
      currentConfig(),
      request.headers.host ?? "",
      { path, headers: request.headers },
      random,
    );
    if (routed === undefined) return answer(response, 404, "no route for this host and path");
    await forward(request, body, routed, response);
  }

  async function forward(request: IncomingMessage, body: Buffer, routed: Routed, response: ServerResponse) {
    const { service, path, retries, timeoutMs } = routed;
    const started = performance.now();
    const record = (status: number, endpoint?: Reachable["endpoint"]) =>
      telemetry.record({ service, endpoint, status, durationMs: performance.now() - started });

    const pods = routed.endpoints.flatMap((endpoint): Reachable[] => {
      const at = address(endpoint.pod);
      return at === undefined ? [] : [{ endpoint, address: at }];
    });
    if (pods.length === 0) {
      record(503);
      return answer(response, 503, "");
    }

    const left = new AbortController();
    const late = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    const signal = late === undefined ? left.signal : AbortSignal.any([left.signal, late]);
    response.once("close", () => {
      if (!response.writableFinished) left.abort();
    });
    const { method = "GET", headers } = request;
    const result = await upstream.send({ method, path, headers, body }, pods, retries, signal);
    const { endpoint } = result;
    if ("error" in result) {
      const status = left.signal.aborted ? 0 : late?.aborted === true ? 504 : 503;
      record(status, endpoint);
      if (status === 0) return;
      return answer(response, status, status === 504 ? "upstream request timeout" : "upstream connect error");
    }
    const { statusCode = 502, headers: replyHeaders } = result.reply;
    response.writeHead(statusCode, { ...endToEnd(replyHeaders), [SERVED_BY]: endpoint.workload });
    await pipeline(result.reply, response).catch(() => response.destroy());
    record(left.signal.aborted ? 0 : statusCode, endpoint);
  }

  const open = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const served = serve(request, response)
      .catch((error: unknown) => {
        if (!request.socket.destroyed) onProblem(`the sandbox's gateway failed: ${error}`);
        response.destroy();
      })
      .finally(() => open.delete(served));
    open.add(served);
  });
  // An idle connection that is closed just when its user asks again would look like an error of the service.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { address: host, port } = server.address() as AddressInfo;
  return {
    host,
    port,
    metricsUrl: metrics.url,
    freeze() {
      currentConfig();
      frozen = true;
    },
    thaw() {
      frozen = false;
      config = undefined;
    },
    async close() {
      unwatch();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all(open);
      server.closeAllConnections();
      await closed;
      upstream.close();
      await metrics.close();
    },
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(text);
}

/** Read whole, so that it can be sent again; undefined when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
  }
  return Buffer.concat(chunks);
}
