import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { observedSplit, requestSelector, traffic } from "../../../../steps/lib/metrics/requests.ts";
import type { Series } from "../../../../steps/lib/ports/metrics.ts";

/** A series from `time: value` pairs, in seconds. */
function series(values: Readonly<Record<number, number>>, code = "200"): Series {
  const samples = Object.entries(values).map(([time, value]) => ({ time: Number(time) * 1000, value }));
  return { labels: { response_code: code }, samples };
}

const SINCE = 10_000;

describe("a version's request counter", () => {
  it("is Istio's, by workload or by Service", () => {
    expect(requestSelector({ kind: "Deployment", name: "web-v1", namespace: "shop" }, 90)).toBe(
      'istio_requests_total{destination_workload="web-v1",destination_workload_namespace="shop",reporter="source"}[90s]',
    );
    const service = { kind: "Service", name: "web-v1", namespace: "shop", reporter: "destination" } as const;
    expect(requestSelector(service, 5)).toContain('destination_service_name="web-v1"');
    expect(requestSelector(service, 5)).toContain('reporter="destination"');
  });

  it.each<[string, readonly Series[], ReturnType<typeof traffic>]>([
    ["was never seen", [], "stopped"],
    ["stands still over two scrapes", [series({ 9: 5, 11: 7, 12: 7 })], "stopped"],
    ["rises between two scrapes", [series({ 9: 5, 11: 7, 12: 8 })], "flowing"],
    ["was scraped only once since", [series({ 9: 5, 11: 7 })], "unseen"],
    ["was not scraped since", [series({ 8: 5, 9: 7 })], "unseen"],
    ["was scraped at the very moment", [series({ 10: 5, 11: 5 })], "unseen"],
    [
      "stands still in one series and is not scraped in another",
      [series({ 11: 7, 12: 7 }), series({ 9: 1 })],
      "unseen",
    ],
    [
      "rises in one series and is not scraped in another",
      [series({ 11: 7, 12: 9 }), series({ 9: 1 })],
      "flowing",
    ],
    ["starts again at 0", [series({ 11: 7, 12: 0 })], "stopped"],
    ["starts again and counts", [series({ 11: 7, 12: 2 })], "flowing"],
  ])("that %s: %s is told", (_what, all, expected) => {
    expect(traffic(all, SINCE)).toBe(expected);
  });
});

describe("the observed split", () => {
  it("counts what each version got in between, restarts and new series included", () => {
    const baseline = [series({ 8: 100, 10: 110, 12: 150, 14: 190, 16: 500 })];
    const candidate = [series({ 9: 5, 11: 10, 13: 3 }), series({ 13: 2 }, "500")];
    const split = observedSplit(baseline, candidate, SINCE, 14_000);
    expect(split).toEqual({ baseline: 80, candidate: 10, percent: 100 / 9 });
  });

  it("has no share without requests", () => {
    expect(observedSplit([series({ 9: 5, 12: 5 })], [], SINCE, 14_000)).toEqual({
      baseline: 0,
      candidate: 0,
      percent: undefined,
    });
  });

  it("counts every request once, however often the counter restarts", () => {
    const steps = fc.array(fc.record({ requests: fc.nat(50), restart: fc.boolean() }), { maxLength: 20 });
    fc.assert(
      fc.property(steps, (parts) => {
        let value = 0;
        let total = 0;
        const values: Record<number, number> = { 10: 0 };
        parts.forEach(({ requests, restart }, index) => {
          // A restart that has counted as much again by the next scrape cannot be told from none.
          value = restart && requests < value ? requests : value + requests;
          total += requests;
          values[11 + index] = value;
        });
        expect(observedSplit([series(values)], [], SINCE, 100_000).baseline).toBe(total);
      }),
    );
  });
});
