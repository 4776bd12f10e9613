import { describe, expect, it } from "vitest";
import { createMatcher } from "../../../sandbox/prometheus/matcher.ts";
import { createSamples } from "../../../sandbox/prometheus/samples.ts";

const everything = [createMatcher("__name__", "=~", ".+")];

describe("the sample store", () => {
  it("knows a series by its labels, whatever their order", () => {
    const samples = createSamples();
    samples.append({ __name__: "m", a: "1", b: "2" }, 1000, 1);
    samples.append({ b: "2", a: "1", __name__: "m" }, 2000, 2);
    expect(samples.range(everything, 0, 5000)).toEqual([
      {
        labels: { __name__: "m", a: "1", b: "2" },
        samples: [
          { time: 1000, value: 1 },
          { time: 2000, value: 2 },
        ],
      },
    ]);
  });

  it("drops a sample that is not newer than the series' newest", () => {
    const samples = createSamples();
    for (const [time, value] of [
      [2000, 1],
      [2000, 2],
      [1000, 3],
    ] as const)
      samples.append({ __name__: "m" }, time, value);
    expect(samples.latest(everything, 2000, 5000)).toEqual([
      { labels: { __name__: "m" }, time: 2000, value: 1 },
    ]);
  });

  it("forgets samples, and then series, that are older than its retention", () => {
    const samples = createSamples({ retentionMs: 100_000 });
    samples.append({ __name__: "old" }, 0, 1);
    for (let time = 0; time <= 300_000; time += 1000) samples.append({ __name__: "m" }, time, time);
    const [kept, ...others] = samples.range(everything, -1, 300_000);
    expect(others).toEqual([]);
    expect(kept?.samples.length).toBeLessThanOrEqual(161);
    expect(kept?.samples[0]?.time).toBeGreaterThan(100_000);
  });
});
