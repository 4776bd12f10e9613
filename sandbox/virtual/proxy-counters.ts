/** Istio's standard metrics of one proxy, without a text format between it and the store. */
import { LATENCY_BUCKETS_MS } from "../mesh/latency-buckets.ts";
import type { Samples } from "../prometheus/samples.ts";

export interface ProxyCounters {
  /** A request that is over. `labels` tell who was called; `status` is 0 when the caller left before an answer. */
  count(labels: Labels, status: number, durationMs: number): void;
  /** Everything as it is now, as a scrape at `time` finds it. A series appears with its first request. */
  scrape(samples: Samples, time: number): void;
}

type Labels = Readonly<Record<string, string>>;

interface CounterSeries {
  readonly labels: Labels;
  value: number;
}

/** What the scraped proxy is called, as Prometheus adds it. */
const TARGET = { job: "envoy-stats", instance: "istio-ingressgateway:15090" } as const;
const DURATION = "istio_request_duration_milliseconds";

export function createProxyCounters(): ProxyCounters {
  const series = new Map<string, ReturnType<typeof seriesOf>>();
  return {
    count(labels, status, durationMs) {
      const all = { ...labels, response_code: String(status), ...TARGET };
      const key = JSON.stringify(all);
      const found = series.get(key) ?? seriesOf(all);
      series.set(key, found);
      found.requests.value += 1;
      found.sum.value += durationMs;
      found.count.value += 1;
      for (const bucket of found.buckets) if (durationMs <= bucket.edge) bucket.value += 1;
    },
    scrape(samples, time) {
      for (const { requests, sum, count, buckets } of series.values()) {
        for (const { labels, value } of [requests, sum, count, ...buckets])
          samples.append(labels, time, value);
      }
    },
  };
}

function seriesOf(labels: Labels) {
  const named = (name: string, more: Labels = {}): CounterSeries => ({
    labels: { __name__: name, ...labels, ...more },
    value: 0,
  });
  return {
    requests: named("istio_requests_total"),
    sum: named(`${DURATION}_sum`),
    count: named(`${DURATION}_count`),
    buckets: [...LATENCY_BUCKETS_MS, Number.POSITIVE_INFINITY].map((edge) => ({
      edge,
      ...named(`${DURATION}_bucket`, { le: Number.isFinite(edge) ? String(edge) : "+Inf" }),
    })),
  };
}
