import { describe, expect, it } from "vitest";
import { overlaps, unsettledSpans, weightDuring } from "../../../../steps/lib/metrics/unsettled.ts";

const CHANGES = [
  { at: 10_000, candidate: 5 },
  { at: 40_000, candidate: 10 },
  { at: 60_000, candidate: 10 },
];
const poll = (since: number, to: number) => ({ since, to });

describe("a poll", () => {
  const spans = unsettledSpans(CHANGES, 2000);

  it.each<[string, number, number, boolean]>([
    ["ends with the change", 5000, 10_000, false],
    ["has the change in it", 9000, 14_000, true],
    ["begins before the proxies have heard of it", 11_999, 15_000, true],
    ["begins when they have", 12_000, 15_000, false],
    ["counts from before the change, after scrapes that were missed", 39_000, 55_000, true],
    ["is far from any change", 20_000, 25_000, false],
  ])("that %s overlaps it: %s to %s: %s", (_what, since, to, expected) => {
    expect(overlaps(poll(since, to), spans)).toBe(expected);
  });

  it.each<[string, number, number, number | undefined]>([
    ["before the first weight has none", 0, 5000, undefined],
    ["across the first weight has none", 9000, 14_000, undefined],
    ["after a change has its weight", 10_000, 15_000, 5],
    ["across a change has two, so none", 35_000, 45_000, undefined],
    ["up to a change has the old one", 35_000, 40_000, 5],
    ["across a weight that was set again has that", 55_000, 65_000, 10],
  ])("%s: %s to %s: %s", (_what, since, to, expected) => {
    expect(weightDuring(poll(since, to), CHANGES)).toBe(expected);
  });
});
