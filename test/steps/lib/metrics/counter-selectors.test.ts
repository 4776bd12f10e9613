import { describe, expect, it } from "vitest";
import { rangeSelector, readCounterSelectors } from "../../../../steps/lib/metrics/counter-selectors.ts";
import { readMetrics } from "../../../../steps/lib/metrics/read.ts";

const REQUESTS = 'requests_total{code!="0",$version_labels}';
const BAD = 'requests_total{code=~"5..",$version_labels}';
const BUCKETS = "duration_bucket{$version_labels}";

describe("counters of a metric", () => {
  it("are requests and the bad ones among them", () => {
    expect(readCounterSelectors({ requests: REQUESTS, bad: ` ${BAD}\n` }, "counters")).toEqual({
      counters: { kind: "ratio", requests: REQUESTS, bad: BAD },
      problems: [],
    });
  });

  it("or the buckets of a histogram, in whose unit a tolerance is unless it says another", () => {
    expect(readCounterSelectors({ buckets: BUCKETS, unit: "s" }, "counters").counters).toEqual({
      kind: "buckets",
      buckets: BUCKETS,
      unitMs: 1000,
      toleranceUnitMs: 1000,
    });
    const { counters } = readCounterSelectors(
      { buckets: BUCKETS, unit: "ms", tolerance_unit: "s" },
      "counters",
    );
    expect(counters).toMatchObject({ unitMs: 1, toleranceUnitMs: 1000 });
  });

  it.each<[string, unknown, readonly (string | RegExp)[]]>([
    ["a text", "requests_total", [/^counters: must be a mapping .*, not "requests_total"/]],
    ["nothing at all", {}, ["counters: must have either requests and bad, or buckets and unit"]],
    ["both kinds", { requests: REQUESTS, bad: BAD, buckets: BUCKETS, unit: "ms" }, [/, not both$/]],
    ["half of a ratio", { bad: BAD }, [/^counters\.requests: must be a selector such as .*, it is missing$/]],
    ["buckets without a unit", { buckets: BUCKETS }, ["counters.unit: must be ms or s, it is missing"]],
    ["an unknown unit", { buckets: BUCKETS, unit: "min" }, ['counters.unit: must be ms or s, not "min"']],
    [
      "a unit of requests",
      { requests: REQUESTS, bad: BAD, unit: "ms" },
      ["counters.unit: belongs to buckets"],
    ],
    [
      "an unknown key",
      { requests: REQUESTS, bad: BAD, good: REQUESTS },
      ["counters.good: is no field of counters; there are requests, bad, buckets, unit, tolerance_unit"],
    ],
    [
      "an unknown placeholder, and a plain $",
      { requests: "r{a=~'x$',$versions}", bad: BAD },
      [
        /^counters\.requests: \$, \$versions is no placeholder; there are \$version_labels, .* and \$\$ for a plain \$$/,
      ],
    ],
    [
      "a selector that is the same for both versions",
      { requests: "requests_total{service='$service'}", bad: BAD },
      [/^counters\.requests: must tell the versions apart by \$version_labels or \$version: requests_total/],
    ],
    [
      "several things that are wrong, each told",
      { buckets: "b{x='$version'", unit: 1 },
      [/^counters\.buckets: must be one selector/, "counters.unit: must be ms or s, not 1"],
    ],
  ])("cannot be %s", (_what, value, expected) => {
    const { counters, problems } = readCounterSelectors(value, "counters");
    expect(counters).toBeUndefined();
    expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual(
      expected.map((one) => (typeof one === "string" ? one : expect.stringMatching(one))),
    );
  });

  it.each([
    ["no braces", "requests_total $version"],
    ["a range", "requests_total{$version_labels}[5m]"],
    ["an offset", "requests_total{$version_labels} offset 1m"],
    ["a function", "sum(requests_total{$version_labels})"],
    ["two selectors", "a{$version_labels} + b{$version_labels}"],
    ["a text that does not end", 'a{pod="$version}'],
  ])("cannot be a selector with %s", (_what, requests) => {
    const { problems } = readCounterSelectors({ requests, bad: BAD }, "counters");
    expect(problems.map(({ message }) => message)).toEqual([
      `must be one selector with its matchers in braces, without range, offset or function: ${requests}`,
    ]);
  });

  it.each([
    'a{pod=~"$version-[a-z]{5}"}',
    "{__name__='job:a', x=`}`, $version_labels}",
    'a{b="\\"}",c="${version}"}',
  ])("can be the selector %s", (requests) => {
    expect(readCounterSelectors({ requests, bad: BAD }, "counters").problems).toEqual([]);
  });
});

describe("the range selector of a version", () => {
  const web = { kind: "Deployment", name: "web-v2", namespace: "shop", service: "web" } as const;

  it("has Istio's labels of the version in place", () => {
    expect(rangeSelector(REQUESTS, web, 60)).toBe(
      'requests_total{code!="0",destination_workload="web-v2",destination_workload_namespace="shop"}[60s]',
    );
    expect(rangeSelector(BUCKETS, { ...web, kind: "Service" }, 5)).toBe(
      'duration_bucket{destination_service_name="web-v2",destination_service_namespace="shop"}[5s]',
    );
  });

  it("has the names that other labels need", () => {
    const selector = "r{host=~'${service}\\.$namespace.*$$',pod='$version'}";
    expect(rangeSelector(selector, web, 1)).toBe("r{host=~'web\\.shop.*$',pod='web-v2'}[1s]");
  });

  it("throws on a placeholder that means nothing", () => {
    expect(() => rangeSelector("r{$entity_labels}", web, 1)).toThrow(
      "unknown placeholder $entity_labels in selector r{$entity_labels}",
    );
  });
});

describe("the metrics ConfigMap", () => {
  const read = (counters: string) =>
    readMetrics(
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "metrics" },
        data: {
          query_templates: "{errors: x, size: y}",
          metrics: `[{name: errors, sample_size_query_template: size, counters: ${counters}}]`,
        },
      },
      ["errors"],
    );

  it("gives a metric its counters, if it has any", () => {
    expect(read(`{requests: '${REQUESTS}', bad: '${BAD}'}`).metrics[0]?.counters?.kind).toBe("ratio");
  });

  it("reports what is wrong with them beside everything else", () => {
    expect(read("{requests: 1}").problems).toEqual([
      expect.objectContaining({ file: "ConfigMap metrics", field: "data.metrics.errors.counters.requests" }),
      expect.objectContaining({ field: "data.metrics.errors.counters.bad" }),
    ]);
  });
});
