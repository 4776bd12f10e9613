import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scrapeInterval } from "../../../../steps/lib/metrics/scrape-interval.ts";
import type { Series } from "../../../../steps/lib/ports/metrics.ts";

const series = (...times: readonly number[]): Series => ({
  labels: {},
  samples: times.map((time) => ({ time, value: 1 })),
});

describe("the scrape interval", () => {
  it.each<[string, readonly Series[], number | undefined]>([
    ["is the time between two samples", [series(0, 15_000, 30_000)], 15_000],
    [
      "is that of most series",
      [series(0, 5000, 10_000), series(1, 5001, 10_001), series(0, 60_000, 120_000)],
      5000,
    ],
    ["is told in whole seconds where it is long", [series(0, 15_012, 29_960, 45_020)], 15_000],
    ["is told to a tenth of a second where it is short", [series(0, 1503, 2998)], 1500],
    ["may be a part of a second", [series(0, 251, 500, 750)], 250],
    ["does not count a sample that comes twice", [series(0, 5000, 5000, 10_000)], 5000],
    ["cannot be told from two samples", [series(0, 5000), series(1, 5001)], undefined],
    ["cannot be told from nothing", [], undefined],
  ])("%s", (_what, all, expected) => {
    expect(scrapeInterval(all)).toBe(expected);
  });

  it("is not moved by jitter, or by less than half of the scrapes missing in a row", () => {
    const interval = fc.constantFrom(1000, 5000, 15_000, 30_000, 60_000);
    const jitters = fc.array(fc.double({ min: -0.01, max: 0.01, noNaN: true }), {
      minLength: 8,
      maxLength: 30,
    });
    fc.assert(
      fc.property(interval, jitters, fc.nat(7), fc.nat(2), (ms, jitter, from, missing) => {
        const times = jitter
          .map((share, index) => Math.round((index + share) * ms))
          .filter((_, index) => index < from || index >= from + missing);
        const told = scrapeInterval([series(...times)]) ?? 0;
        expect(Math.abs(told - ms) / ms).toBeLessThanOrEqual(0.03);
      }),
    );
  });
});
