import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../../../steps/lib/experiment/duration.ts";

test.each([
  ["30s", 30_000],
  ["1m", 60_000],
  ["1h30m", 5_400_000],
  ["1.5s", 1500],
  [".5m", 30_000],
  ["300ms", 300],
  ["250us", 0.25],
  ["0", 0],
  ["0s", 0],
])("%s is %d ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "30", "s", "30 s", "-30s", "30sec", "1h30", "1d", "30S", " 30s", "1e3s"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [0, "0ms"],
  [40, "40ms"],
  [999.7, "1s"],
  [1500, "1.5s"],
  [59_960, "1m"],
  [90_000, "1m30s"],
  [3_600_000, "1h"],
  [6_300_000, "1h45m"],
])("%d ms is written %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("what is written can be read again, to the tenth of a second below a minute and to the second above", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
      const again = parseDuration(formatDuration(ms)) ?? Number.NaN;
      expect(Math.abs(again - ms)).toBeLessThanOrEqual(ms < 999 ? 0.5 : ms < 59_900 ? 50.5 : 500);
    }),
  );
});
