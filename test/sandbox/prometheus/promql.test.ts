import { describe, expect, it } from "vitest";
import { evaluate } from "../../../sandbox/prometheus/promql.ts";
import { createSamples, type Samples } from "../../../sandbox/prometheus/samples.ts";
import type { Value } from "../../../sandbox/prometheus/value.ts";

/** Seconds on the axis of these tests. */
const T0 = 1_900_000_000;
const at = (second: number): number => (T0 + second) * 1000;

type Points = Readonly<Record<number, number>>;

/** `series` maps a selector-like text (`m{a="1"}`) to values by second. */
function given(series: Readonly<Record<string, Points>>): Samples {
  const samples = createSamples();
  for (const [text, points] of Object.entries(series)) {
    const [, name = "", rest = ""] = /^(\w+)(?:\{(.*)\})?$/.exec(text) ?? [];
    const pairs = [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", value = ""]) => [label, value]);
    const labels = { __name__: name, ...Object.fromEntries(pairs) };
    for (const [second, value] of Object.entries(points)) samples.append(labels, at(Number(second)), value);
  }
  return samples;
}

/** What a reader of the answer sees: label set -> value, or the number. */
function shown(value: Value): unknown {
  if (value.kind === "scalar") return value.value;
  if (value.kind === "matrix")
    return value.series.map(({ samples }) => samples.map((sample) => sample.value));
  return Object.fromEntries(
    value.samples.map(({ labels, value: number }) => [
      Object.entries(labels)
        .map(([name, text]) => `${name}=${text}`)
        .sort()
        .join(","),
      number,
    ]),
  );
}

const ask = (samples: Samples, query: string, second: number): unknown =>
  shown(evaluate(query, samples, at(second)));

describe("selectors", () => {
  const samples = given({
    'm{a="1",code="200"}': { 0: 5, 10: 6 },
    'm{a="2",code="500"}': { 0: 7, 10: 8 },
    'n{a="1"}': { 10: 9 },
  });

  it.each([
    ["m", { "__name__=m,a=1,code=200": 6, "__name__=m,a=2,code=500": 8 }],
    ['m{code=~"5.."}', { "__name__=m,a=2,code=500": 8 }],
    ["m{code!~'5..'}", { "__name__=m,a=1,code=200": 6 }],
    ['m{a!="1"}', { "__name__=m,a=2,code=500": 8 }],
    ['m{code=~"5"}', {}],
    ['n{code=""}', { "__name__=n,a=1": 9 }],
    ['{__name__=~"m|n",a="1"}', { "__name__=m,a=1,code=200": 6, "__name__=n,a=1": 9 }],
    ['m{a="1"} offset 10s', { "__name__=m,a=1,code=200": 5 }],
    ['m{a="1",} # with a comment', { "__name__=m,a=1,code=200": 6 }],
    ["nothing", {}],
  ])("%s", (query, expected) => {
    expect(ask(samples, query, 12)).toEqual(expected);
  });

  it("show a sample for five minutes, the fifth minute's end excluded", () => {
    expect(ask(samples, "n", 10 + 299)).toEqual({ "__name__=n,a=1": 9 });
    expect(ask(samples, "n", 10 + 300)).toEqual({});
    expect(ask(samples, "n", 9)).toEqual({});
  });

  it("show nothing from a stale marker until the next sample", () => {
    const stale = given({ m: { 0: 1 } });
    stale.markStale({ __name__: "m" }, at(10));
    stale.append({ __name__: "m" }, at(20), 2);
    expect([9, 10, 19, 20].map((second) => ask(stale, "m", second))).toEqual([
      { "__name__=m": 1 },
      {},
      {},
      { "__name__=m": 2 },
    ]);
    expect(ask(stale, "m[30s]", 20)).toEqual([[1, 2]]);
  });

  it("exclude a sample at the window's beginning and include one at its end", () => {
    const m = given({ m: { 0: 1, 10: 2, 20: 3 } });
    expect(ask(m, "m[10s]", 20)).toEqual([[3]]);
    expect(ask(m, "m[10001ms]", 20)).toEqual([[2, 3]]);
    expect(ask(m, "m[10s] offset 10s", 20)).toEqual([[2]]);
    expect(ask(m, "m[20]", 20)).toEqual([[2, 3]]);
  });
});

describe("rate, increase and delta extrapolate", () => {
  it.each([
    // 50 over 50 s, and one interval of 10 s before the first sample is inside the window.
    [
      "to both ends of a window that the series fills",
      { 10: 10, 20: 20, 30: 30, 40: 40, 50: 50, 60: 60 },
      60,
      60,
    ],
    // 30 over 30 s; the line meets zero 1 s before the first sample, and there is no going below.
    ["no further back than where the counter was zero", { 10: 1, 20: 11, 30: 21, 40: 31 }, 40, 31],
    // 20 over 20 s; 40 s without samples before: half an interval.
    ["half an interval into a gap at the beginning", { 40: 100, 50: 110, 60: 120 }, 60, 25],
    // 10 over 10 s; 10 s at the beginning, and half an interval of the 20 s at the end.
    ["half an interval into a gap at the end", { 10: 10, 20: 20 }, 40, 25],
    // 5 + 2 + 2 = 9 over 30 s (the counter restarted between 20 and 30), extended by 10 s.
    ["across a reset", { 10: 5, 20: 10, 30: 2, 40: 4 }, 40, 12],
    ["from a counter that stands still", { 10: 7, 20: 7 }, 20, 0],
  ])("increase goes %s", (_, points, window, expected) => {
    expect(ask(given({ m: points }), `increase(m[${window}s])`, window)).toEqual({ "": expected });
  });

  it("rate is increase per second of the window", () => {
    const m = given({ m: { 10: 10, 20: 20, 30: 30 } });
    expect(ask(m, "rate(m[30s])", 30)).toEqual({ "": 1 });
    expect(ask(m, "rate(m[20s] offset 10s)", 30)).toEqual({ "": 1 });
  });

  it("delta may fall, below zero too", () => {
    expect(ask(given({ m: { 10: 6, 20: 1 } }), "delta(m[20s])", 20)).toEqual({ "": -10 });
  });

  it("one sample in the window gives nothing", () => {
    expect(ask(given({ m: { 10: 6, 20: 9 } }), "increase(m[10s])", 20)).toEqual({});
  });
});

describe("aggregations", () => {
  const samples = given({
    'm{a="1",b="x"}': { 0: 1 },
    'm{a="1",b="y"}': { 0: 2 },
    'm{a="2",b="x"}': { 0: 6 },
    'm{b="x"}': { 0: 8 },
  });

  it.each([
    ["sum(m)", { "": 17 }],
    ["sum(m) by (a)", { "a=1": 3, "a=2": 6, "": 8 }],
    ["sum by (a) (m)", { "a=1": 3, "a=2": 6, "": 8 }],
    ["sum without (b) (m)", { "a=1": 3, "a=2": 6, "": 8 }],
    ["SUM(m) BY (b)", { "b=x": 15, "b=y": 2 }],
    ["avg by (b) (m)", { "b=x": 5, "b=y": 2 }],
    ["min(m)", { "": 1 }],
    ["max by (__name__) (m)", { "__name__=m": 8 }],
    ["count(m)", { "": 4 }],
    ["count(nothing)", {}],
    ["max(0 / vector(0) or on (x) vector(1))", { "": Number.NaN }],
  ])("%s", (query, expected) => {
    expect(ask(samples, query, 0)).toEqual(expected);
  });
});

describe("operators", () => {
  const samples = given({
    'errors{v="1",code="500"}': { 0: 2 },
    'errors{v="2",code="500"}': { 0: 0 },
    'total{v="1"}': { 0: 10 },
    'total{v="2"}': { 0: 0 },
    'total{v="3"}': { 0: 5 },
  });

  it.each([
    ["2 + 3 * 4 - 6 / 4", 12.5],
    ["-(2 + 3)", -5],
    ["1 > bool 2", 0],
    ["1 / 0", Number.POSITIVE_INFINITY],
    ["errors / ignoring (code) total", { "v=1": 0.2, "v=2": Number.NaN }],
    ["errors / on (v) total", { "v=1": 0.2, "v=2": Number.NaN }],
    ["errors / total", {}],
    ["total * 2", { "v=1": 20, "v=2": 0, "v=3": 10 }],
    ["10 - total", { "v=1": 0, "v=2": 10, "v=3": 5 }],
    ["-total", { "v=1": -10, "v=2": -0, "v=3": -5 }],
    ["total > 5", { "__name__=total,v=1": 10 }],
    ["5 >= total", { "__name__=total,v=2": 0, "__name__=total,v=3": 5 }],
    ["total > bool 5", { "v=1": 1, "v=2": 0, "v=3": 0 }],
    ["total == on (v) errors", { "v=2": 0 }],
    ["total != ignoring (code) errors", { "__name__=total,v=1": 10 }],
    ["total and on (v) errors", { "__name__=total,v=1": 10, "__name__=total,v=2": 0 }],
    ["total unless on (v) errors", { "__name__=total,v=3": 5 }],
    ['total{v="3"} or total{v="1"}', { "__name__=total,v=3": 5, "__name__=total,v=1": 10 }],
  ])("%s", (query, expected) => {
    expect(ask(samples, query, 0)).toEqual(expected);
  });

  it("leave a range or an offset to the selector before it", () => {
    const m = given({ m: { 0: 3, 10: 5, 20: 9 } });
    expect(ask(m, "m - m offset 10s", 20)).toEqual({ "": 4 });
    expect(ask(m, "m - m offset 20s * 2", 20)).toEqual({ "": 3 });
    expect(ask(m, "-m offset 10s + -m offset 20s", 20)).toEqual({ "": -8 });
    expect(() => ask(m, "m + m[5m]", 20)).toThrow("expected type scalar in operator +, got range vector");
  });

  it("refuse to match many to one", () => {
    const many = given({ 'a{x="1"}': { 0: 1 }, 'a{x="2"}': { 0: 1 }, b: { 0: 1 } });
    expect(() => ask(many, "a / ignoring (x) b", 0)).toThrow("many-to-one matching must be explicit");
    expect(() => ask(many, "b / ignoring (x) a", 0)).toThrow("found duplicate series");
    expect(() => ask(many, '-{__name__=~"a|b", x!~"1"}', 0)).not.toThrow();
  });

  it("refuse a result with two samples of the same labels", () => {
    const two = given({ a: { 0: 1 }, b: { 0: 1 } });
    expect(() => ask(two, '-{__name__=~"a|b"}', 0)).toThrow("same labelset");
  });
});

describe("functions", () => {
  const buckets = {
    'h_bucket{v="1",le="0.1"}': { 0: 10 },
    'h_bucket{v="1",le="0.5"}': { 0: 30 },
    'h_bucket{v="1",le="1"}': { 0: 40 },
    'h_bucket{v="1",le="+Inf"}': { 0: 50 },
  };

  it.each([
    // Rank 25 is 15 of the 20 in (0.1, 0.5].
    [0.5, 0.4],
    // Rank 5 is half of the first bucket, which begins at zero.
    [0.1, 0.05],
    // Beyond the last finite bound nothing is known but that bound.
    [0.9, 1],
    [1.1, Number.POSITIVE_INFINITY],
    [-1, Number.NEGATIVE_INFINITY],
  ])("histogram_quantile(%d)", (quantile, expected) => {
    const result = ask(given(buckets), `histogram_quantile(${quantile}, h_bucket)`, 0);
    expect(result).toEqual({ "v=1": expect.closeTo(expected, 12) });
  });

  it("histogram_quantile is NaN without observations, without +Inf and with one bucket", () => {
    const none = given({
      'h{v="empty",le="1"}': { 0: 0 },
      'h{v="empty",le="+Inf"}': { 0: 0 },
      'h{v="open",le="1"}': { 0: 1 },
      'h{v="open",le="2"}': { 0: 1 },
      'h{v="one",le="+Inf"}': { 0: 1 },
      'h{v="no le"}': { 0: 1 },
    });
    expect(ask(none, "histogram_quantile(0.5, h)", 0)).toEqual({
      "v=empty": Number.NaN,
      "v=open": Number.NaN,
      "v=one": Number.NaN,
    });
  });

  it("histogram_quantile levels buckets that fall", () => {
    const falling = given({ 'h{le="1"}': { 0: 4 }, 'h{le="2"}': { 0: 3 }, 'h{le="+Inf"}': { 0: 4 } });
    expect(ask(falling, "histogram_quantile(0.5, h)", 0)).toEqual({ "": 0.5 });
  });

  const m = given({ 'm{a="1"}': { 3: -4 }, 'm{a="2"}': { 7: 9 } });
  it.each([
    ["timestamp(m)", { "a=1": T0 + 3, "a=2": T0 + 7 }],
    ["timestamp(m * 1)", { "a=1": T0 + 10, "a=2": T0 + 10 }],
    ["time()", T0 + 10],
    ["abs(m)", { "a=1": 4, "a=2": 9 }],
    ["clamp_min(m, 0)", { "a=1": 0, "a=2": 9 }],
    ["clamp_max(m, 5)", { "a=1": -4, "a=2": 5 }],
    ['scalar(m{a="2"})', 9],
    ["scalar(m)", Number.NaN],
    ["vector(2)", { "": 2 }],
    ["absent(m)", {}],
    ['absent(no{a="1",b=~"2"})', { "a=1": 1 }],
    ["absent(sum(no))", { "": 1 }],
    ["time() - max(timestamp(m))", { "": 3 }],
  ])("%s", (query, expected) => {
    expect(ask(m, query, 10)).toEqual(expected);
  });
});

describe("Iter8's templates", () => {
  const labels = (workload: string, more = ""): string =>
    `{reporter="source",destination_workload="${workload}",destination_workload_namespace="shop"${more}}`;
  const samples = given({
    [`istio_request_duration_milliseconds_sum${labels("web-v1")}`]: { 0: 1000, 4: 2000, 8: 3000, 12: 4000 },
    [`istio_request_duration_milliseconds_count${labels("web-v1")}`]: { 0: 10, 4: 20, 8: 30, 12: 40 },
    [`istio_request_duration_milliseconds_bucket${labels("web-v1", ',le="50"')}`]: {
      0: 0,
      4: 0,
      8: 0,
      12: 0,
    },
    [`istio_request_duration_milliseconds_bucket${labels("web-v1", ',le="100"')}`]: {
      0: 8,
      4: 16,
      8: 24,
      12: 32,
    },
    [`istio_request_duration_milliseconds_bucket${labels("web-v1", ',le="+Inf"')}`]: {
      0: 10,
      4: 20,
      8: 30,
      12: 40,
    },
    [`istio_requests_total${labels("web-v1", ',response_code="200"')}`]: { 0: 9, 4: 18, 8: 27, 12: 36 },
    [`istio_requests_total${labels("web-v1", ',response_code="503"')}`]: { 0: 1, 4: 2, 8: 3, 12: 4 },
  });
  const by = "(destination_workload, destination_workload_namespace)";
  const key = "destination_workload=web-v1,destination_workload_namespace=shop";

  it("the mean latency", () => {
    const query =
      `(sum(increase(istio_request_duration_milliseconds_sum{reporter='source'}[12s])) by ${by}) / ` +
      `(sum(increase(istio_request_duration_milliseconds_count{reporter='source'}[12s])) by ${by})`;
    expect(ask(samples, query, 12)).toEqual({ [key]: 100 });
  });

  it("the share of errors, an offset ago", () => {
    const query =
      `sum(increase(istio_requests_total{response_code=~'5..',reporter='source'}[8s] offset 4s)) by ${by} / ` +
      `sum(increase(istio_requests_total{reporter='source'}[8s] offset 4s)) by ${by}`;
    expect(ask(samples, query, 12)).toEqual({ [key]: expect.closeTo(0.1, 12) });
  });

  it("a quantile of the latency", () => {
    const query =
      "histogram_quantile(0.4, sum(increase(istio_request_duration_milliseconds_bucket{job!='x'}[12s])) by " +
      "(destination_workload, destination_workload_namespace, le))";
    expect(ask(samples, query, 12)).toEqual({ [key]: expect.closeTo(75, 9) });
  });
});

describe("what is not supported is refused by name", () => {
  it.each([
    ["", "no expression"],
    ["a + ", "unexpected end of input"],
    ["a b", 'unexpected "b"'],
    ["sum(a", "unexpected"],
    ["{}", "non-empty matcher"],
    ['a{__name__="b"}', "metric name must not be set twice"],
    ['label_replace(a, "b", "c", "d", "e")', '"label_replace" is not supported'],
    ["quantile(0.9, a)", "not supported here: quantile"],
    ["topk(1, a)", "not supported here: topk"],
    ["a ^ 2", "not supported here: ^"],
    ["a / on (x) group_left b", "GroupLeft is not supported"],
    ["a @ 12", "StepInvariantExpr is not supported"],
    ["max_over_time(a[1m:5s])", '"max_over_time" is not supported'],
    ["rate(a[1m:5s])", "SubqueryExpr is not supported"],
    ["a[1m * 2]", "DurationExpr is not supported"],
    ["a[0s]", "greater than 0"],
    ["rate(a)", 'expected type range vector in call to function "rate", got instant vector'],
    ["sum(a[1m])", "expected type instant vector in aggregation sum, got range vector"],
    ["a + a[1m]", "expected type scalar in operator +, got range vector"],
    ["1 > 2", "must use BOOL modifier"],
    ["a + bool 2", "bool modifier"],
    ["1 and 2", "expected type instant vector in operator and"],
    ["1 + on (a) 2", "vector matching only allowed"],
    ["abs(a, a)", "expected 1 argument(s)"],
    ["timestamp(a, a)", "expected 1 argument(s)"],
    ["sum(a, a)", "wrong number of arguments"],
    ["sum(a) offset 5m", "offset modifier must be preceded"],
    ['a{b=~"("}', "invalid regular expression"],
    ['a{b=~"(?=x)"}', "unsupported syntax in regular expression"],
    ["a{b='5\\.'}", "unknown escape sequence \\."],
    ['a{b="c}', "unexpected"],
    ['"text"', "StringLiteral is not supported"],
  ])("%s", (query, message) => {
    expect(() => ask(createSamples(), query, 0)).toThrow(message);
  });
});
