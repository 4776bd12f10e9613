import { describe, expect, it } from "vitest";
import { neededFrom, noCounters, pollsUntil } from "../../../../steps/lib/metrics/counters.ts";
import type { Observed } from "../../../../steps/lib/metrics/growth.ts";
import type { Series } from "../../../../steps/lib/ports/metrics.ts";

/** Polls of 5 s from second 100 on. */
const GRID = { start: 100_000, intervalMs: 5000 };
const NONE = { kind: "ratio", requests: [], bad: [] } as const;

/** A series from `second: value` pairs. */
function series(values: Readonly<Record<number, number>>, labels: Series["labels"] = {}): Series {
  const samples = Object.entries(values).map(([time, value]) => ({ time: Number(time) * 1000, value }));
  return { labels: { job: "mesh", instance: "gateway", code: "200", ...labels }, samples };
}

/** Both versions' requests and errors; the errors are those with code 500. */
function seen(baseline: readonly Series[], candidate: readonly Series[] = []): Observed {
  const of = (requests: readonly Series[]) =>
    ({
      errors: { kind: "ratio", requests, bad: requests.filter(({ labels }) => labels["code"] === "500") },
    }) as const;
  return { baseline: of(baseline), candidate: of(candidate) };
}

/** `requests/bad` of each poll up to second `until`. */
function counted(observed: Observed, until: number, version: "baseline" | "candidate" = "baseline") {
  return pollsUntil(GRID, noCounters, observed, until * 1000).polls.map((poll) => {
    const growth = poll[version]["errors"];
    return growth?.kind === "ratio" ? `${growth.requests}/${growth.bad}` : undefined;
  });
}

describe("a counter", () => {
  it("grew in a poll by what its last scrape there is above the last one before", () => {
    const requests = series({ 99: 1000, 102: 1003, 105: 1010, 109: 1012, 114: 1020 });
    expect(counted(seen([requests]), 116)).toEqual(["10/0", "2/0", "8/0"]);
  });

  it("that falls was restarted, and counts from 0", () => {
    expect(counted(seen([series({ 99: 1000, 104: 1010, 109: 4, 114: 9 })]), 115)).toEqual([
      "10/0",
      "4/0",
      "5/0",
    ]);
  });

  it("that appears where the proxy was scraped before started at 0: the first errors count", () => {
    const requests = series({ 99: 1000, 104: 1010, 109: 1015 });
    const errors = series({ 109: 7 }, { code: "500" });
    expect(counted(seen([requests, errors]), 110)).toEqual(["10/0", "12/7"]);
  });

  it("of the candidate that was not there before the start started at 0, whoever counts it", () => {
    const candidate = [series({ 104: 12, 109: 20 }, { instance: "new" })];
    expect(counted(seen([], candidate), 110, "candidate")).toEqual(["12/0", "8/0"]);
  });

  it("of the candidate that was there before the start counts from there", () => {
    const candidate = [series({ 60: 500, 104: 512 })];
    expect(counted(seen([], candidate), 105, "candidate")).toEqual(["12/0"]);
  });

  it("of the baseline at a proxy that was never seen is only known from its second value on", () => {
    const old = series({ 99: 10, 104: 20, 109: 30 });
    const other = series({ 104: 5000, 109: 5003 }, { instance: "other" });
    expect(counted(seen([old, other]), 110)).toEqual(["10/0", "13/0"]);
  });

  it("without job and instance is taken for one of the same proxy", () => {
    const unnamed = (values: Readonly<Record<number, number>>, code: string) => ({
      ...series(values),
      labels: { code },
    });
    const observed = seen([unnamed({ 99: 10, 104: 20 }, "200"), unnamed({ 104: 3 }, "500")]);
    expect(counted(observed, 105)).toEqual(["13/3"]);
  });

  it("that is gone takes nothing back, and one that comes back goes on", () => {
    const gone = series({ 99: 10, 104: 20 });
    const back = series({ 99: 10, 104: 20, 114: 50 }, { instance: "other" });
    expect(counted(seen([gone, back]), 115)).toEqual(["20/0", "0/0", "30/0"]);
  });

  it("has no value that is not a number, or below 0", () => {
    const odd = series({ 99: 10, 101: Number.NaN, 102: -3, 103: Number.POSITIVE_INFINITY, 104: 12 });
    expect(counted(seen([odd]), 105)).toEqual(["2/0"]);
  });

  it("of errors never grows more than that of requests", () => {
    const requests = [series({ 99: 100, 104: 150 })];
    const bad = [series({ 99: 10, 104: 70 })];
    const observed = {
      baseline: { errors: { kind: "ratio", requests, bad } },
      candidate: { errors: NONE },
    } as const;
    expect(counted(observed, 105)).toEqual(["50/50"]);
  });
});

describe("a histogram", () => {
  const buckets = (values: Readonly<Record<number, readonly [fast: number, all: number]>>) =>
    ["100", "+Inf"].map((le, index) =>
      series(Object.fromEntries(Object.entries(values).map(([time, counts]) => [time, counts[index] ?? 0])), {
        le,
      }),
    );
  const growth = (all: readonly Series[], until: number) =>
    pollsUntil(
      GRID,
      noCounters,
      { baseline: { latency: { kind: "buckets", buckets: all } }, candidate: {} },
      until * 1000,
    ).polls.map(({ baseline }) => baseline["latency"]);

  it("gives cumulative counts at its finite edges, and all requests", () => {
    expect(growth(buckets({ 99: [50, 60], 104: [58, 70] }), 105)).toEqual([
      { kind: "buckets", total: 10, upTo: new Map([[100, 8]]) },
    ]);
  });

  it("restarts as a whole, also where a bucket has counted as much again", () => {
    expect(growth(buckets({ 99: [50, 100], 104: [60, 70] }), 105)).toEqual([
      { kind: "buckets", total: 70, upTo: new Map([[100, 60]]) },
    ]);
  });

  it("goes on from the last value of a bucket that one scrape lacks", () => {
    const [fast, all] = [
      series({ 99: 50, 109: 58 }, { le: "100" }),
      series({ 99: 60, 104: 65, 109: 70 }, { le: "+Inf" }),
    ];
    expect(growth([fast, all], 110)).toEqual([
      { kind: "buckets", total: 5, upTo: new Map() },
      { kind: "buckets", total: 5, upTo: new Map([[100, 8]]) },
    ]);
  });

  it("that nobody has scraped has no edges", () => {
    expect(growth([], 105)).toEqual([{ kind: "buckets", total: 0, upTo: new Map() }]);
  });
});

describe("a poll", () => {
  it("is one interval, and there once it has ended", () => {
    const { polls } = pollsUntil(GRID, noCounters, seen([series({ 99: 1 })]), 109_999);
    expect(polls).toHaveLength(1);
    expect(polls[0]).toMatchObject({ index: 0, from: 100_000, to: 105_000 });
  });

  it("without a scrape knows nothing; what happened in it is in the next one, which says since when", () => {
    const { polls } = pollsUntil(GRID, noCounters, seen([series({ 99: 10, 104: 20, 114: 60 })]), 115_000);
    expect(polls.map(({ fresh, since }) => ({ fresh, since }))).toEqual([
      { fresh: true, since: 99_000 },
      { fresh: false, since: 105_000 },
      { fresh: true, since: 104_000 },
    ]);
    expect(counted(seen([series({ 99: 10, 104: 20, 114: 60 })]), 115)).toEqual(["10/0", "0/0", "40/0"]);
  });

  it("counts a new series since the scrape that did not have it", () => {
    const observed = seen([series({ 91: 10, 96: 10, 104: 20 }), series({ 104: 1 }, { code: "500" })]);
    expect(pollsUntil(GRID, noCounters, observed, 105_000).polls[0]?.since).toBe(96_000);
  });

  it("counts a candidate at a proxy that was never seen since an interval before, at most since the start", () => {
    const since = (time: number) => {
      const observed = seen([], [series({ [time]: 7 }, { instance: "new" })]);
      return pollsUntil(GRID, noCounters, observed, 110_000).polls.map((poll) => poll.since);
    };
    expect(since(103)).toEqual([100_000, 105_000]);
    expect(since(108)).toEqual([100_000, 103_000]);
  });

  it("is fresh though nothing grew, and without any series there is none", () => {
    const fresh = (observed: Observed) => pollsUntil(GRID, noCounters, observed, 105_000).polls[0]?.fresh;
    expect(fresh(seen([series({ 99: 10, 104: 10 })]))).toBe(true);
    expect(fresh(seen([]))).toBe(false);
  });
});

describe("what is asked for", () => {
  it("begins before the start, and then where the last poll ended", () => {
    expect(neededFrom(GRID, noCounters)).toBe(100_000 - 120_000);
    expect(neededFrom({ ...GRID, intervalMs: 60_000 }, noCounters)).toBe(100_000 - 180_000);
    const { state } = pollsUntil(GRID, noCounters, seen([]), 112_000);
    expect(neededFrom(GRID, state)).toBe(110_000);
  });

  it("is not more: what was there long before the start, and not since, is not known", () => {
    const candidate = [series({ [-21]: 500, 104: 512 })];
    expect(counted(seen([], candidate), 105, "candidate")).toEqual(["512/0"]);
  });

  it("is not what came late into a poll that is over: the next scrape has it", () => {
    const { state } = pollsUntil(GRID, noCounters, seen([series({ 99: 10, 104: 20 })]), 105_000);
    const late = seen([series({ 102: 12, 105: 21, 109: 25 })]);
    expect(pollsUntil(GRID, state, late, 110_000).polls[0]?.baseline).toMatchObject({
      errors: { requests: 5 },
    });
  });

  it("may be asked for again: what is counted is counted once", () => {
    const all = seen([series({ 99: 10, 104: 20, 109: 25 })]);
    const first = pollsUntil(GRID, noCounters, all, 106_000);
    const again = pollsUntil(GRID, first.state, all, 106_000);
    expect(again).toEqual({ state: first.state, polls: [] });
    expect(pollsUntil(GRID, first.state, all, 110_000).polls.map(({ baseline }) => baseline)).toEqual([
      { errors: { kind: "ratio", requests: 5, bad: 0 } },
    ]);
  });
});
