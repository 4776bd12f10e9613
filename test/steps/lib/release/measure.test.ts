/** Whether a version still gets requests, from what Prometheus has of its counters. */
import { describe, expect, test } from "vitest";
import { createLocalMetrics } from "../../../../sandbox/prometheus/local-metrics.ts";
import { createSamples } from "../../../../sandbox/prometheus/samples.ts";
import { trafficOf } from "../../../../steps/lib/release/measure.ts";
import type { World } from "../../../../steps/lib/release/release.ts";

const TARGET = { job: "pods", instance: "10.0.0.1:15090" };
const COUNTER = {
  __name__: "istio_requests_total",
  ...TARGET,
  reporter: "source",
  destination_workload: "web-1",
  destination_workload_namespace: "shop",
};
/** Traffic is taken away at 200 s, and it is 260 s now. */
const MOVED_S = 200;
const NOW_S = 260;

/** A proxy scraped each second; `codes`: from when to when it has a counter of that code, and what the counter says. */
async function seen(
  codes: Readonly<
    Record<string, { readonly from: number; readonly to: number; readonly at: (s: number) => number }>
  >,
  up: (s: number) => number = () => 1,
) {
  const samples = createSamples();
  for (let s = 0; s <= NOW_S; s += 1) {
    samples.append({ __name__: "up", ...TARGET }, s * 1000, up(s));
    for (const [response_code, { from, to, at }] of Object.entries(codes))
      if (s >= from && s <= to && up(s) === 1) samples.append({ ...COUNTER, response_code }, s * 1000, at(s));
  }
  const world = {
    metrics: createLocalMetrics(samples),
    clock: { now: () => NOW_S * 1000 },
  } as unknown as World;
  const counter = { kind: "Deployment", name: "web-1", namespace: "shop" } as const;
  return await trafficOf(world, counter, { since: 100_000, drainMs: 5000, notBefore: MOVED_S * 1000 });
}

/** Ten requests a second until the traffic is taken away. */
const answered = { from: 0, to: NOW_S, at: (s: number) => 10 * Math.min(s, MOVED_S) };
/** One failed in the release before this one; the proxy has forgotten that with that release's subset. */
const forgotten = { from: 0, to: 80, at: () => 1 };

describe("a version whose counter", () => {
  test("stands still has stopped, also when an older counter of its own is no more", async () => {
    expect(await seen({ 200: answered })).toBe("stopped");
    expect(await seen({ 200: answered, 503: forgotten })).toBe("stopped");
  });

  test("rises is flowing", async () => {
    expect(await seen({ 200: { ...answered, at: (s) => 10 * s }, 503: forgotten })).toBe("flowing");
  });

  test("cannot be seen because the proxy does not answer has not been seen to stop", async () => {
    expect(await seen({ 200: answered }, (s) => (s > MOVED_S ? 0 : 1))).toBe("unseen");
  });
});
