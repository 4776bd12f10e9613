import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMetrics } from "../../../../steps/lib/metrics/read.ts";
import { fillTemplate, queryWindow, unknownPlaceholders } from "../../../../steps/lib/metrics/templates.ts";

const TEMPLATES = `
iter8_latency: "sum(increase(d_sum{r='s'}[$interval]$offset_str)) by ($entity_labels)"
iter8_sample_size: "sum(increase(t[$interval]$offset_str)) by ($entity_labels)"
bad: "sum(t{code=~'5..$'}[$window]) by (\${labels})"
`;
const METRICS = `
- {name: iter8_latency, is_counter: false, absent_value: "None", sample_size_query_template: iter8_sample_size}
- {name: iter8_error_count, is_counter: true, absent_value: "0", sample_size_query_template: iter8_sample_size}
- {name: bad, is_counter: "yes", sample_size_query_template: missing}
`;

function read(
  names: readonly string[],
  data: Record<string, string> = { query_templates: TEMPLATES, metrics: METRICS },
) {
  const metadata = { name: "iter8config-metrics", namespace: "shop" };
  return readMetrics({ apiVersion: "v1", kind: "ConfigMap", metadata, data }, names);
}

describe("the metrics ConfigMap", () => {
  it("gives the metrics that are asked for, each once", () => {
    expect(read(["iter8_latency", "iter8_latency"])).toEqual({
      metrics: [
        {
          name: "iter8_latency",
          queryTemplate: "sum(increase(d_sum{r='s'}[$interval]$offset_str)) by ($entity_labels)",
          sampleSizeTemplate: "sum(increase(t[$interval]$offset_str)) by ($entity_labels)",
          isCounter: false,
          absentValue: null,
        },
      ],
      problems: [],
    });
  });

  it("names the metrics that there are, when one is unknown", () => {
    expect(read(["latency"]).problems).toEqual([
      {
        file: "ConfigMap shop/iter8config-metrics",
        field: "data.metrics",
        message: "has no metric latency; it has: iter8_latency, iter8_error_count, bad",
      },
    ]);
  });

  it("reports everything that is wrong at once", () => {
    const messages = read(["iter8_error_count", "bad"]).problems.map(
      ({ field, message }) => `${field}: ${message}`,
    );
    expect(messages).toEqual([
      expect.stringMatching(/^data\.query_templates\.iter8_error_count: must be a query/),
      expect.stringMatching(/^data\.query_templates\.bad: \$ is no placeholder/),
      expect.stringMatching(/^data\.query_templates\.bad: \$window is no placeholder; there are \$interval/),
      expect.stringMatching(/^data\.query_templates\.bad: \$\{labels\} is no placeholder/),
      expect.stringMatching(/^data\.query_templates\.missing: must be a query, metric bad needs it/),
      expect.stringMatching(/^data\.metrics\.bad\.is_counter: must be true or false, not "yes"/),
    ]);
  });

  it("says which text is missing or is no YAML", () => {
    const { problems } = read([], { query_templates: "a: [" });
    expect(problems.map(({ field }) => field)).toEqual(
      expect.arrayContaining(["data.query_templates", "data.metrics"]),
    );
  });

  it.each([
    ['"0"', 0],
    ["0", 0],
    ['"0.5"', 0.5],
    ['"None"', null],
    ['""', null],
    ["", null],
  ])("reads the absent value %s as %s", (written, expected) => {
    const metrics = `[{name: iter8_latency, sample_size_query_template: iter8_sample_size, absent_value: ${written}}]`;
    expect(read(["iter8_latency"], { query_templates: TEMPLATES, metrics }).metrics[0]?.absentValue).toBe(
      expected,
    );
  });
});

describe("a query template", () => {
  const window = { intervalS: 90, offsetS: 12, entityLabels: ["a", "b"] };

  it("is filled as Iter8 fills it", () => {
    const template = "sum(x{c=~'5$$'}[$interval]$offset_str) by (${entity_labels})";
    expect(fillTemplate(template, window)).toBe("sum(x{c=~'5$'}[90s] offset 12s) by (a,b)");
    expect(fillTemplate(template, { ...window, offsetS: 0 })).toBe("sum(x{c=~'5$'}[90s]) by (a,b)");
  });

  it("throws on a placeholder that means nothing", () => {
    expect(() => fillTemplate("x[$intervals]", window)).toThrow("unknown placeholder $intervals");
    expect(() => fillTemplate("x{a=~'b$'}", window)).toThrow("unknown placeholder $ ");
  });

  it("without unknown placeholders can always be filled", () => {
    const part = fc.constantFrom(
      "$interval",
      "${offset_str}",
      "$entity_labels",
      "$$",
      "$",
      "$x",
      "x",
      " ",
      "{",
      "}",
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const template = parts.join("");
        const fill = () => fillTemplate(template, window);
        if (unknownPlaceholders(template).length === 0) expect(fill).not.toThrow();
        else expect(fill).toThrow();
      }),
    );
  });
});

describe("the query window", () => {
  it.each([
    [0, 90_000, 90_000, { intervalS: 90, offsetS: 0 }],
    [0, 0, 0, { intervalS: 1, offsetS: 0 }],
    [0, 10_500, 11_400, { intervalS: 10, offsetS: 0 }],
    [0, 10_000, 22_000, { intervalS: 10, offsetS: 12 }],
  ])("from %i to %i at %i is %j", (start, end, now, expected) => {
    expect(queryWindow(start, end, now)).toEqual(expected);
  });

  it("must not end before it starts", () => {
    expect(() => queryWindow(1, 0, 1)).toThrow("must not end");
  });
});
