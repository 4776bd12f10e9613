import { expect, test } from "vitest";
import { formatShare, parseShare } from "../../../../steps/lib/experiment/share.ts";

test.each([
  ["1%", 0.01],
  ["0.5%", 0.005],
  [".5 %", 0.005],
  ["100%", 1],
  ["0%", 0],
])("%s is the share %d", (text, share) => {
  expect(parseShare(text)).toBeCloseTo(share, 12);
});

test.each(["1", "101%", "-1%", "1%%", "", "one%", "500ms"])("%j is no share", (text) => {
  expect(parseShare(text)).toBeUndefined();
});

test("three digits are enough for a reader", () => {
  expect([0.01, 0.076271, 1, 0, 0.00012345].map(formatShare)).toEqual([
    "1 %",
    "7.63 %",
    "100 %",
    "0 %",
    "0.0123 %",
  ]);
});
