/** What a metrics store would answer about pods that serve steadily: raw samples, the same at every asking. */

import type { MetricSeries, Observed } from "../../steps/lib/metrics/growth.ts";
import type { Series } from "../../steps/lib/ports/metrics.ts";
import { normalTail } from "../detection/world.ts";

export const INTERVAL_MS = 5000;
export const ERRORS = "iter8_error_rate";
export const LATENCY = "iter8_latency";

const PER_POD = 40;
const FAILED = 0.002;

/** So many finite edges from 1 ms to 30 s. */
export function edgesOf(buckets: number): readonly number[] {
  return Array.from({ length: buckets }, (_, index) =>
    Number((30_000 ** (index / (buckets - 1))).toPrecision(3)),
  );
}

/** All samples after `from` and up to `until`, half of the pods being the candidate's. */
export function samplesOf(pods: number, edges: readonly number[], from: number, until: number): Observed {
  const first = Math.floor(from / INTERVAL_MS) + 1;
  const times = Array.from(
    { length: Math.floor(until / INTERVAL_MS) + 1 - first },
    (_, index) => first + index,
  );
  const version = (name: string) => {
    const members = Array.from({ length: pods / 2 }, (_, pod) => `${name}-${pod}`);
    const series = (labels: Record<string, string>, at: (scrape: number) => number): Series => ({
      labels: { job: "istio-proxy", ...labels },
      samples: times.map((scrape) => ({ time: scrape * INTERVAL_MS, value: Math.floor(at(scrape)) })),
    });
    const total = (scrape: number) => scrape * PER_POD;
    const requests = members.flatMap((instance, pod) => [
      series({ instance, code: "200" }, (scrape) => total(scrape) * (1 - FAILED)),
      series({ instance, code: "503" }, (scrape) => total(scrape) * FAILED + pod / 7),
    ]);
    const buckets = members.flatMap((instance) =>
      [...edges, Number.POSITIVE_INFINITY].map((edge) => {
        const share = 1 - normalTail(Math.log(edge / 80) / 0.7);
        return series(
          { instance, le: edge === Number.POSITIVE_INFINITY ? "+Inf" : String(edge) },
          (scrape) => total(scrape) * share,
        );
      }),
    );
    const failed = requests.filter(({ labels }) => labels["code"] === "503");
    const metrics: Record<string, MetricSeries> = {
      [ERRORS]: { kind: "ratio", requests, bad: failed },
      [LATENCY]: { kind: "buckets", buckets },
    };
    return metrics;
  };
  return { baseline: version("old"), candidate: version("new") };
}
