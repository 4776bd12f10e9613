import { describe, expect, it } from "vitest";
import { entityTags, pickSample } from "../../../../steps/lib/metrics/samples.ts";

describe("the sample of a version", () => {
  const tags = entityTags("Deployment", "web-v1", "shop");
  const other = { ...tags, destination_workload: "web-v2" };

  it("has exactly the version's labels", () => {
    expect(tags).toEqual({ destination_workload: "web-v1", destination_workload_namespace: "shop" });
    const vector = [
      { labels: other, value: 1 },
      { labels: { ...tags, response_code: "200" }, value: 2 },
      { labels: { destination_workload: "web-v1" }, value: 3 },
      { labels: tags, value: 4 },
    ];
    expect(pickSample(vector, tags)).toBe(4);
    expect(pickSample(vector.slice(0, 3), tags)).toBeUndefined();
  });

  it("is told by its Service, when versions are Services", () => {
    expect(entityTags("Service", "web-v1", "shop")).toEqual({
      destination_service_name: "web-v1",
      destination_service_namespace: "shop",
    });
  });

  it.each([
    [0.12345, 0.123],
    [0.0005, 0.001],
    [104.3004, 104.3],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])("%d counts as %s", (value, expected) => {
    expect(pickSample([{ labels: tags, value }], tags)).toBe(expected);
  });
});
