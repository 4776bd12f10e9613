import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  beyond,
  edgesOf,
  limitEdges,
  limitWarning,
  perBucket,
} from "../../../../steps/lib/metrics/buckets.ts";

const EDGES = [0.5, 100, 250, 500];
const growth = (total: number, upTo: Readonly<Record<number, number>> = {}) =>
  ({
    kind: "buckets",
    total,
    upTo: new Map(Object.entries(upTo).map(([le, count]) => [Number(le), count])),
  }) as const;

describe("the edges of buckets", () => {
  const series = (le: string, labels = {}) => ({ labels: { ...labels, le }, samples: [] });

  it("are the finite ones, ascending, of all histograms", () => {
    const all = ["+Inf", "250", "0.5", "1e2"].map((le) => series(le));
    const other = ["100", "250", "+Inf"].map((le) => series(le, { code: "500" }));
    expect(edgesOf(all)).toEqual([0.5, 100, 250]);
    expect(edgesOf([...all, ...other])).toEqual([100, 250]);
    expect(edgesOf([{ labels: {}, samples: [] }, series("x")])).toEqual([]);
  });
});

describe("a limit", () => {
  it.each([
    ["that is an edge is judged there", 250, { abort: 250, promote: 250, isEdge: true }],
    [
      "between two edges is judged at the safe one of each side",
      300,
      { abort: 500, promote: 250, isEdge: false },
    ],
    [
      "above all of them can be no reason for an abort",
      900,
      { abort: Infinity, promote: 500, isEdge: false },
    ],
    ["below all of them can be no reason for a promotion", 0.1, { abort: 0.5, promote: 0, isEdge: false }],
  ])("%s", (_what, limit, expected) => {
    expect(limitEdges(limit, EDGES)).toEqual(expected);
  });

  it("is an edge also when its unit was converted", () => {
    expect(limitEdges((0.57 * 1000) / 1000, [0.1, 0.57]).isEdge).toBe(true);
  });

  it("counts too few slow requests on one side and too many on the other", () => {
    const latencies = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { maxLength: 50 });
    fc.assert(
      fc.property(latencies, fc.double({ min: 0.1, max: 1000, noNaN: true }), (all, limit) => {
        const within = (edge: number) => all.filter((latency) => latency <= edge).length;
        const polled = growth(all.length, Object.fromEntries(EDGES.map((edge) => [edge, within(edge)])));
        const slow = all.length - within(limit);
        const { abort, promote } = limitEdges(limit, EDGES);
        expect(beyond(polled, abort)?.bad).toBeLessThanOrEqual(slow);
        expect(beyond(polled, promote)?.bad).toBeGreaterThanOrEqual(slow);
      }),
    );
  });

  it.each([
    [250, 1, undefined],
    [
      300,
      1,
      "latency: the limit 300ms is between the bucket edges 250ms and 500ms: a rollback counts requests slower than 500ms, " +
        "a promotion those slower than 250ms; take one of them to judge the limit itself",
    ],
    [
      600_000,
      1000,
      "latency: the limit 10m is above the largest bucket edge 8m20s, so no request counts as slower when it comes to a rollback; " +
        "take at most 8m20s",
    ],
    [
      0.2,
      1,
      "latency: the limit 0.2ms is below the smallest bucket edge 0.5ms, so every request counts as slower when it comes to a " +
        "promotion; take at least 0.5ms",
    ],
  ])("of %s ms with edges in units of %s ms: the warning is %j", (limit, unitMs, expected) => {
    expect(limitWarning("latency", limit, EDGES, unitMs)).toBe(expected);
  });

  it("cannot be judged without buckets", () => {
    expect(limitWarning("latency", 300, [], 1)).toBe(
      "latency: the limit 300ms cannot be judged, there are no buckets",
    );
  });
});

describe("the requests of a poll", () => {
  const polled = growth(20, { 0.5: 1, 100: 11, 250: 15, 500: 18 });

  it("beyond an edge are those that are not up to it", () => {
    expect(beyond(polled, 250)).toEqual({ requests: 20, bad: 5 });
    expect(beyond(polled, Number.POSITIVE_INFINITY)).toEqual({ requests: 20, bad: 0 });
    expect(beyond(polled, 0)).toEqual({ requests: 20, bad: 20 });
  });

  it("are sorted into buckets, the last one open", () => {
    expect(perBucket(polled, EDGES)).toEqual([1, 10, 4, 3, 2]);
    expect(perBucket(polled, [100, 500])).toEqual([11, 7, 2]);
  });

  it("cannot be told at an edge that its histograms lack, unless there are none", () => {
    expect(beyond(polled, 300)).toBeUndefined();
    expect(perBucket(polled, [100, 300])).toBeUndefined();
    expect(beyond(growth(0), 300)).toEqual({ requests: 0, bad: 0 });
    expect(perBucket(growth(0), [100, 300])).toEqual([0, 0, 0]);
  });

  it("are never fewer than none, also after a restart that nobody could see", () => {
    const odd = growth(5, { 0.5: 3, 100: 2, 250: 9 });
    expect(perBucket(odd, [0.5, 100, 250])).toEqual([3, 0, 2, 0]);
    expect(beyond(odd, 250)).toEqual({ requests: 5, bad: 0 });
  });
});
