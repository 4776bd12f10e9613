import { describe, expect, it } from "vitest";
import { createLocalMetrics } from "../../../sandbox/prometheus/local-metrics.ts";
import { createSamples } from "../../../sandbox/prometheus/samples.ts";
import { InvalidError } from "../../../steps/lib/ports/errors.ts";

describe("metrics straight from the store", () => {
  const samples = createSamples();
  samples.append({ __name__: "m", a: "1" }, 1_900_000_000_000, 3);
  const metrics = createLocalMetrics(samples);

  it("answer instant and range queries as the port says", async () => {
    expect(await metrics.instant("m * 2", 1_900_000_001_000)).toEqual([{ labels: { a: "1" }, value: 6 }]);
    expect(await metrics.range("m[1m]", 1_900_000_001_000)).toEqual([
      { labels: { __name__: "m", a: "1" }, samples: [{ time: 1_900_000_000_000, value: 3 }] },
    ]);
  });

  it.each(["topk(1, m)", "m +", "1", "m[1m]"])("refuse %s with the port's error", async (query) => {
    await expect(metrics.instant(query, 0)).rejects.toThrow(InvalidError);
  });
});
