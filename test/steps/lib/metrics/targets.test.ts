import { describe, expect, it, test } from "vitest";
import { ended, silent, targetSelector } from "../../../../steps/lib/metrics/targets.ts";
import type { Series } from "../../../../steps/lib/ports/metrics.ts";

/** A series of one target, scraped at these seconds. */
function scraped(instance: string, ...seconds: readonly number[]): Series {
  const samples = seconds.map((time) => ({ time: time * 1000, value: 1 }));
  return { labels: { job: "envoy-stats", instance }, samples };
}

/** The `up` of a target that was asked at these seconds and never answered. */
function failing(instance: string, ...seconds: readonly number[]): Series {
  const { labels, samples } = scraped(instance, ...seconds);
  return { labels, samples: samples.map(({ time }) => ({ time, value: 0 })) };
}

test("targets are looked for by their jobs, whatever is in their names", () => {
  const other = { labels: { job: "my (old) proxies" }, samples: [] };
  expect(targetSelector([scraped("a"), scraped("b"), other], 60)).toBe(
    'up{job=~"envoy-stats|my \\\\(old\\\\) proxies"}[60s]',
  );
  expect(targetSelector([{ labels: {}, samples: [] }], 60)).toBeUndefined();
});

test("a series is silent without a sample since", () => {
  expect(silent([scraped("a", 5, 9), scraped("b", 5, 11)], 10_000)).toEqual([scraped("a", 5, 9)]);
});

describe("a silent series", () => {
  const quiet = scraped("a", 5, 9);
  const there = scraped("b", 10, 20, 30, 40, 50, 60, 70);
  const told = (...targets: readonly Series[]) => ended([quiet], targets, 10_000, 70_000).length === 1;

  it("has ended when the store knows its proxy no more, and others all the time", () => {
    expect(told(there)).toBe(true);
  });

  it("has ended when its proxy answers all the time, and without it", () => {
    expect(told(scraped("a", 10, 20, 30, 40, 50, 60, 70))).toBe(true);
  });

  it.each([
    ["its proxy is known and was not heard before", [there, scraped("a", 65)]],
    ["its proxy is known and does not answer", [there, failing("a", 10, 30, 50, 70)]],
    ["the store was away for most of the time", [scraped("b", 60, 70)]],
    ["the store is away", [scraped("b", 10, 20, 30)]],
    ["only another job was watched", [{ ...there, labels: { job: "kubelet", instance: "b" } }]],
  ])("has not when %s", (_what, targets) => {
    expect(told(...targets)).toBe(false);
  });

  it("has not when nothing tells which proxy it is of", () => {
    const nameless = { ...quiet, labels: { job: "envoy-stats" } };
    expect(ended([nameless], [there], 10_000, 70_000)).toEqual([]);
  });
});
