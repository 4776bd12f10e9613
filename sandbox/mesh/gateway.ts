/** The mesh and its ingress gateway in one reverse proxy: routes by the store's VirtualServices to the demo's pods. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { Pod } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "../cluster/store.ts";
import { type Delays, startDelivery } from "./delivery.ts";
import { MESH_KINDS, type MeshConfig, readMeshConfig } from "./mesh-config.ts";
import { type Routed, routeRequest } from "./route-request.ts";
import { createTelemetry, type MetricsPort, startMetricsPort, type Telemetry } from "./telemetry.ts";
import { createUpstream, endToEnd, type PodAddress, type Reachable } from "./upstream.ts";

export interface GatewayOptions {
  readonly store: Store;
  /** In [0, 1); draws destinations and pods, and how long changes are on their way. */
  readonly random: () => number;
  /** The most that changes of routes and subsets are on their way; others take effect with the next request. */
  readonly delays: Delays;
  /** Where a pod listens on its port of that number or name; undefined when or while it does not. */
  readonly address: (pod: Pod, port: number | string) => PodAddress | undefined;
  /** Told once of each object that the mesh cannot follow; it has no effect. */
  readonly onProblem: (problem: string) => void;
}

/** `nothing`: the control plane is away. `routes`: it does not know yet which pods are new or gone. */
export type Hearing = "nothing" | "routes" | "everything";

export interface Gateway {
  readonly host: string;
  readonly port: number;
  /** What Prometheus scrapes; another one after `restart`. */
  readonly metricsUrl: string;
  /** Whether every route and subset that was written is known. */
  isSynced(): boolean;
  /** What the control plane hears of from now on; what it does not hear of stays for the proxies as it is. */
  hear(what: Hearing): void;
  /** As a pod that another one takes the place of: connections are cut, counters begin anew under another instance. */
  restart(): Promise<void>;
  /** Resolves when the open requests are answered. */
  close(): Promise<void>;
}

/** Tells the caller who answered: the Deployment's name. */
export const SERVED_BY = "x-served-by";

const MAX_BODY = 1 << 20;

/** Listens on a free port of 127.0.0.1. */
export async function startGateway({
  store,
  random,
  delays,
  address,
  onProblem,
}: GatewayOptions): Promise<Gateway> {
  let { telemetry, metrics } = await startCounting();
  const upstream = createUpstream(random);
  const reported = new Set<string>();
  let config: MeshConfig | undefined;
  let heard: Hearing = "everything";
  /** The pods that the proxies went by when the control plane stopped hearing of them. */
  let services: MeshConfig["services"] | undefined;
  const changed = () => {
    if (heard !== "nothing") config = undefined;
  };
  const delivery = startDelivery(store, delays, random, changed);
  const unwatch = store.watch(({ object }) => {
    if (MESH_KINDS.has(object.kind)) changed();
  });

  function currentConfig(): MeshConfig {
    if (config !== undefined) return config;
    config = { ...readMeshConfig(store, delivery.heard), ...(services && { services }) };
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

  /** Only while the proxies do not hear of pods. */
  function isGone({ metadata: { namespace = "", name, uid } }: Pod): boolean {
    return services !== undefined && store.get("Pod", namespace, name)?.metadata.uid !== uid;
  }

  async function forward(request: IncomingMessage, body: Buffer, routed: Routed, response: ServerResponse) {
    const { service, port, path, retries, timeoutMs } = routed;
    const started = performance.now();
    // A restart meanwhile takes the count with it.
    const counters = telemetry;
    const record = (status: number, endpoint?: Reachable["endpoint"]) =>
      counters.record({ service, endpoint, status, durationMs: performance.now() - started });

    const pods = routed.endpoints.flatMap((endpoint): Reachable[] => {
      if (isGone(endpoint.pod)) return [{ endpoint, address: undefined }];
      const at = port && address(endpoint.pod, port.targetPort ?? port.port);
      return at === undefined ? [] : [{ endpoint, address: at }];
    });
    if (pods.length === 0) {
      // A pod where nobody listens refuses the connection, and the failure is its own.
      record(503, routed.endpoints[0]);
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
    get metricsUrl() {
      return metrics.url;
    },
    isSynced: delivery.isComplete,
    hear(what) {
      const known = currentConfig();
      services = what === "everything" ? undefined : known.services;
      if (what !== "nothing") config = undefined;
      heard = what;
    },
    async restart() {
      const ended = metrics;
      ({ telemetry, metrics } = await startCounting());
      server.closeAllConnections();
      await ended.close();
    },
    async close() {
      unwatch();
      delivery.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all(open);
      server.closeAllConnections();
      await closed;
      upstream.close();
      await metrics.close();
    },
  };
}

async function startCounting(): Promise<{ readonly telemetry: Telemetry; readonly metrics: MetricsPort }> {
  const telemetry = createTelemetry();
  return { telemetry, metrics: await startMetricsPort(telemetry) };
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
