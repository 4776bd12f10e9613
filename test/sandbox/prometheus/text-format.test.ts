import { Counter, Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { parseTextFormat } from "../../../sandbox/prometheus/text-format.ts";

describe("the text format", () => {
  it("is read with its escapes, special numbers, comments and empty lines", () => {
    const text = [
      "# HELP a something",
      "# TYPE a counter",
      'a{code="200", path="/a\\"b\\\\c\\n{}"} 1.5e3',
      "",
      "b +Inf",
      "c{} -3",
      'd{x="1",} NaN',
    ].join("\n");
    expect(parseTextFormat(text)).toEqual([
      { labels: { __name__: "a", code: "200", path: '/a"b\\c\n{}' }, value: 1500 },
      { labels: { __name__: "b" }, value: Number.POSITIVE_INFINITY },
      { labels: { __name__: "c" }, value: -3 },
      { labels: { __name__: "d", x: "1" }, value: Number.NaN },
    ]);
  });

  it("is read as prom-client writes it", async () => {
    const registers = [new Registry()];
    new Counter({ name: "hits", help: "Hits", labelNames: ["to"], registers }).inc({ to: 'a"b\\' }, 2);
    new Histogram({ name: "ms", help: "Durations", buckets: [1, 10], registers }).observe(5);
    const text = (await Promise.all(registers.map((registry) => registry.metrics()))).join("");
    expect(parseTextFormat(text)).toEqual([
      { labels: { __name__: "hits", to: 'a"b\\' }, value: 2 },
      { labels: { __name__: "ms_bucket", le: "1" }, value: 0 },
      { labels: { __name__: "ms_bucket", le: "10" }, value: 1 },
      { labels: { __name__: "ms_bucket", le: "+Inf" }, value: 1 },
      { labels: { __name__: "ms_sum" }, value: 5 },
      { labels: { __name__: "ms_count" }, value: 1 },
    ]);
  });

  it.each(["a", "a{b=c} 1", 'a{b="c} 1', "a one", "a 1 1700000000000", "<html>"])(
    "refuses %s, naming the line",
    (line) => {
      expect(() => parseTextFormat(`fine 1\n${line}\n`)).toThrow("line 2 is no sample");
    },
  );
});
