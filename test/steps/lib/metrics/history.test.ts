import { describe, expect, it } from "vitest";
import type { MetricSeries } from "../../../../steps/lib/metrics/growth.ts";
import { HISTORY_MS, pollHistory, requestRate } from "../../../../steps/lib/metrics/history.ts";

const NOW = 10_000_000;
const MINUTE = 60_000;

/** A counter that was scraped every 5 s from `forMs` ago on, 4 requests a second, one of 20 in code 500. */
function shop(forMs: number, skip: (time: number) => boolean = () => false): MetricSeries {
  const times = Array.from({ length: forMs / 5000 + 1 }, (_, k) => NOW - forMs + k * 5000).filter(
    (time) => !skip(time),
  );
  const series = (code: string, perSecond: number) => ({
    labels: { job: "mesh", instance: "gateway", code },
    samples: times.map((time) => ({ time, value: ((time - NOW + 2 * HISTORY_MS) / 1000) * perSecond })),
  });
  const [good, bad] = [series("200", 3.8), series("500", 0.2)];
  return { kind: "ratio", requests: [good, bad], bad: [bad] };
}

const near = (expected: number) => expect.closeTo(expected, 6);

describe("the history of the baseline", () => {
  it("is ten minutes of polls", () => {
    const history = pollHistory(shop(11 * MINUTE), { until: NOW, intervalMs: 5000 });
    expect(history).toEqual(Array(120).fill({ kind: "ratio", requests: near(20), bad: near(1) }));
  });

  it("is shorter where the baseline is younger, and begins with the second scrape", () => {
    const history = pollHistory(shop(MINUTE), { until: NOW, intervalMs: 5000 });
    expect(history).toEqual(Array(12).fill({ kind: "ratio", requests: near(20), bad: near(1) }));
  });

  it("leaves out polls without a scrape, whose requests are in the next poll", () => {
    const gap = (time: number) => time > NOW - 40_000 && time < NOW - 20_000;
    const history = pollHistory(shop(2 * MINUTE, gap), { until: NOW, intervalMs: 5000 });
    expect(history).toHaveLength(24 - 3);
    expect(history).toContainEqual({ kind: "ratio", requests: near(80), bad: near(4) });
  });

  it("is empty where nothing was ever scraped", () => {
    expect(pollHistory({ kind: "ratio", requests: [], bad: [] }, { until: NOW, intervalMs: 5000 })).toEqual(
      [],
    );
  });
});

describe("the rate of requests", () => {
  it("is that of the last minute, in requests per second", () => {
    expect(requestRate(shop(5 * MINUTE), NOW)).toBeCloseTo(4);
    expect(requestRate(shop(5 * MINUTE), NOW - 2500)).toBeCloseTo(4);
  });

  it("is that of a younger baseline since its first scrape", () => {
    expect(requestRate(shop(20_000), NOW)).toBeCloseTo(4);
  });

  it("is taken from all requests of a histogram", () => {
    const buckets = ["100", "+Inf"].map((le, index) => ({
      labels: { le },
      samples: [0, 30_000, 60_000].map((ms) => ({ time: NOW - ms, value: (NOW - ms) * (index + 1) * 0.001 })),
    }));
    expect(requestRate({ kind: "buckets", buckets }, NOW)).toBeCloseTo(2);
  });

  it("cannot be told from one scrape, or from none in the last minute", () => {
    expect(requestRate(shop(0), NOW)).toBeUndefined();
    expect(
      requestRate(
        shop(5 * MINUTE, (time) => time > NOW - MINUTE),
        NOW,
      ),
    ).toBeUndefined();
  });
});
