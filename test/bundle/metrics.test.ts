/** The metric ConfigMaps, in the format that Iter8 v0.2 read. */
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type CounterSelectors, rangeSelector } from "../../steps/lib/metrics/counter-selectors.ts";
import { readMetrics } from "../../steps/lib/metrics/read.ts";
import type { ConfigMap } from "../../steps/lib/ports/kinds.ts";
import { document, type Manifest } from "./manifests.ts";

interface Metric {
  readonly name: string;
  readonly is_counter: boolean;
  readonly absent_value: string;
  readonly sample_size_query_template: string;
  readonly counters?: unknown;
}

const read = (file: string) => {
  const configMap = document<Manifest & { data: Record<string, string> }>(`config/${file}`);
  const { metadata, data } = configMap;
  return {
    name: metadata.name,
    keys: Object.keys(data),
    templates: parse(data["query_templates"] ?? "") as Record<string, string>,
    metrics: parse(data["metrics"] ?? "") as readonly Metric[],
    definitions: (names: readonly string[]) => readMetrics(configMap as ConfigMap, names),
  };
};
const milliseconds = read("metrics.yaml");
const seconds = read("metrics-seconds.yaml");

/** What the analysis puts in for the placeholders. */
const filled = (template: string): string =>
  template
    .replaceAll("$interval", "90s")
    .replaceAll("$offset_str", " offset 12s")
    .replaceAll("$entity_labels", "destination_workload,destination_workload_namespace");

const WEB = { kind: "Deployment", name: "web-v2", namespace: "shop", service: "web" } as const;

function selectorsOf(counters: CounterSelectors | undefined): readonly string[] {
  if (counters === undefined) return [];
  return counters.kind === "buckets" ? [counters.buckets] : [counters.requests, counters.bad];
}

/** Where `query` is no PromQL. */
function errorsIn(query: string): readonly number[] {
  const errors: number[] = [];
  parser
    .parse(query)
    .iterate({ enter: ({ type, from }) => (type.isError ? void errors.push(from) : undefined) });
  return errors;
}

describe.each([
  ["iter8config-metrics", milliseconds],
  ["iter8config-metrics-seconds", seconds],
] as const)("%s", (name, config) => {
  it("has Iter8's two keys and its three metrics", () => {
    expect(config.name).toBe(name);
    expect(config.keys).toEqual(["query_templates", "metrics"]);
    expect(config.metrics.map(({ counters: _, ...iter8 }) => iter8)).toEqual([
      {
        name: "iter8_latency",
        is_counter: false,
        absent_value: "None",
        sample_size_query_template: "iter8_sample_size",
      },
      {
        name: "iter8_error_count",
        is_counter: true,
        absent_value: "0",
        sample_size_query_template: "iter8_sample_size",
      },
      {
        name: "iter8_error_rate",
        is_counter: false,
        absent_value: "0",
        sample_size_query_template: "iter8_sample_size",
      },
    ]);
    expect(Object.keys(config.templates).sort()).toEqual(
      ["iter8_sample_size", ...config.metrics.map((metric) => metric.name)].sort(),
    );
  });

  it.each(Object.entries(config.templates))(
    "%s is PromQL once its placeholders are filled",
    (_metric, template) => {
      const query = filled(template);
      expect(query).not.toContain("$");
      expect(errorsIn(query), query).toEqual([]);
    },
  );

  it("has raw counters of the latency and of the error rate", () => {
    const { metrics, problems } = config.definitions(config.metrics.map((metric) => metric.name));
    expect(problems).toEqual([]);
    expect(metrics.map((metric) => `${metric.name}: ${metric.counters?.kind}`)).toEqual([
      "iter8_latency: buckets",
      "iter8_error_count: undefined",
      "iter8_error_rate: ratio",
    ]);
    for (const selector of metrics.flatMap(({ counters }) => selectorsOf(counters))) {
      expect(selector).toContain("reporter='source'");
      expect(selector).toContain("$version_labels");
      const query = rangeSelector(selector, WEB, 60);
      expect(errorsIn(query), query).toEqual([]);
    }
  });

  it.each(Object.entries(config.templates))(
    "%s counts at the client, whatever job scraped it",
    (_metric, template) => {
      const selectors = template.match(/istio_\w+\{[^}]*\}/g) ?? [];
      expect(selectors.length).toBeGreaterThan(0);
      for (const selector of selectors) {
        expect(selector).toContain("reporter='source'");
        expect(selector).not.toContain("job");
      }
    },
  );
});

it("differ in the unit of the latency alone", () => {
  const { iter8_latency: inMs = "", ...rest } = milliseconds.templates;
  const { iter8_latency: inSeconds, ...same } = seconds.templates;
  expect(same).toEqual(rest);
  expect(inSeconds?.replaceAll(/\s+/g, " ")).toBe(`(${inMs} ) / 1000`);

  const countersOf = ({ metrics }: typeof seconds) => metrics.map(({ counters }) => counters);
  const [latency, ...others] = countersOf(milliseconds);
  expect(countersOf(seconds)).toEqual([{ ...(latency as object), tolerance_unit: "s" }, ...others]);
});
