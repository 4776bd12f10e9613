/** Istio's standard metrics, as the gateway's proxy reports them, and the port where they are scraped. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, Histogram, Registry } from "prom-client";
import { LATENCY_BUCKETS_MS } from "./latency-buckets.ts";
import type { Endpoint, MeshService } from "./mesh-config.ts";

export interface ServedRequest {
  readonly service: MeshService | undefined;
  /** The pod that was asked; undefined when there was none. */
  readonly endpoint: Endpoint | undefined;
  /** 0 when the caller left before the answer. */
  readonly status: number;
  readonly durationMs: number;
}

export interface Telemetry {
  record(request: ServedRequest): void;
  /** The metrics in the text format. */
  text(): Promise<string>;
}

const LABELS = [
  "reporter",
  "source_workload",
  "source_workload_namespace",
  "destination_workload",
  "destination_workload_namespace",
  "destination_version",
  "destination_service",
  "destination_service_name",
  "destination_service_namespace",
  "response_code",
] as const;

/** Counters from zero; a series appears with its first request, as in Istio. */
export function createTelemetry(
  source = { workload: "istio-ingressgateway", namespace: "istio-system" },
): Telemetry {
  const registers = [new Registry()];
  const requests = new Counter({
    name: "istio_requests_total",
    help: "Requests",
    labelNames: LABELS,
    registers,
  });
  const durations = new Histogram({
    name: "istio_request_duration_milliseconds",
    help: "Durations of requests",
    labelNames: LABELS,
    buckets: [...LATENCY_BUCKETS_MS],
    registers,
  });
  return {
    record({ service, endpoint, status, durationMs }) {
      const namespace = service?.namespace ?? "unknown";
      const name = service?.name ?? "unknown";
      const labels = {
        reporter: "source",
        source_workload: source.workload,
        source_workload_namespace: source.namespace,
        destination_workload: endpoint?.workload ?? "unknown",
        destination_workload_namespace: endpoint === undefined ? "unknown" : namespace,
        destination_version: endpoint?.version ?? "unknown",
        destination_service: service === undefined ? "unknown" : `${name}.${namespace}.svc.cluster.local`,
        destination_service_name: name,
        destination_service_namespace: namespace,
        response_code: String(status),
      };
      requests.inc(labels);
      durations.observe(labels, durationMs);
    },
    text: async () => (await Promise.all(registers.map((registry) => registry.metrics()))).join(""),
  };
}

export interface MetricsPort {
  /** What to scrape. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `/metrics` on a free port of 127.0.0.1. */
export async function startMetricsPort(telemetry: Telemetry): Promise<MetricsPort> {
  const server = createServer(async (request, response) => {
    if (request.url !== "/metrics") return response.writeHead(404).end();
    return response
      .writeHead(200, { "content-type": "text/plain; version=0.0.4" })
      .end(await telemetry.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
