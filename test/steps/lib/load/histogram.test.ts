import fc from "fast-check";
import { expect, test } from "vitest";
import { createHistogram } from "../../../../steps/lib/load/histogram.ts";

test("knows nothing before the first record", () => {
  const histogram = createHistogram();

  expect([histogram.quantile(0.5), histogram.max()]).toEqual([undefined, undefined]);
});

test("quantiles are those of the sorted records to within 1 %, the maximum is exact", () => {
  const latencies = fc.array(fc.double({ min: 0.2, max: 500_000, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(latencies, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
      const histogram = createHistogram();
      for (const value of values) histogram.record(value);
      const sorted = values.toSorted((one, other) => one - other);
      const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;

      expect(Math.abs((histogram.quantile(q) ?? Number.NaN) / exact - 1)).toBeLessThan(0.0101);
      expect(histogram.max()).toBe(sorted.at(-1));
    }),
  );
});

test("takes what no clock should show: a negative time, and an hour", () => {
  const histogram = createHistogram();
  histogram.record(-5);
  expect(histogram.quantile(0.5)).toBe(0);

  histogram.record(3_600_000);
  expect(histogram.max()).toBe(3_600_000);
  expect(histogram.quantile(1)).toBeGreaterThan(600_000);
});
