import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { readScenario } from "../../../sandbox/scenario/read.ts";
import { subjects } from "../../../sandbox/scenario/schema.ts";

const SMALLEST = `apiVersion: scenario/v1
name: smallest
service: web
namespace: shop
steps:
  - wait: 1s
`;

function problems(source: string): readonly string[] {
  const reading = readScenario(source, "case.yaml");
  if (reading.ok) throw new Error("the file was accepted");
  return reading.problems;
}

describe("reading a scenario file", () => {
  test("accepts the smallest file and fills in what it leaves out", () => {
    const reading = readScenario(SMALLEST, "case.yaml");
    expect(reading.ok && reading.scenario.steps).toEqual([{ wait: 1000, events: [], expect: {} }]);
  });

  test("every scenario of this project is valid", async () => {
    const folder = "test/scenarios";
    for (const name of await readdir(folder)) {
      const reading = readScenario(await readFile(`${folder}/${name}`, "utf8"), name);
      expect(reading.ok ? [] : reading.problems).toEqual([]);
    }
  });

  test("names file, line and field of an unknown field, and what is allowed there", () => {
    expect(problems(SMALLEST.replace("service: web", "service: web\ntrafic: {rate: 5}"))).toEqual([
      expect.stringMatching(/^case\.yaml:4: trafic is not known; allowed here: apiVersion, name, .*traffic/),
    ]);
  });

  test("reports every problem at once, in the order of the file", () => {
    const found = problems(`apiVersion: scenario/v2
name: several
service: web
images:
  example/web:1: {latency: soon, errors: 101}
steps:
  - push: {files: {a: b}}
    events:
      - {when: {after: 1s, weight: 20}, do: {kill: everything}}
    expect: {outcome: fine, gone: [web]}
`);
    expect(found.map((one) => one.split(":")[1])).toEqual(["1", "5", "5", "9", "9", "10", "10"]);
    expect(found.join("\n")).toContain("steps.0.events.0.when needs exactly one of: after, weight, write");
    expect(found.join("\n")).toContain(
      "steps.0.events.0.do.kill must be one of create-experiment, generate-load",
    );
    expect(found.join("\n")).toContain("images.example/web:1.latency must be a duration such as 300ms");
  });

  test("a step is exactly one of push, rerun, webhook and wait", () => {
    expect(problems(SMALLEST.replace("- wait: 1s", "- {wait: 1s, rerun: last}"))).toEqual([
      "case.yaml:6: steps.0 needs exactly one of: push, rerun, webhook, wait",
    ]);
  });

  test("params that the runner sets are refused", () => {
    expect(problems(`${SMALLEST}params: {drain: 2s, prometheus-url: "http://elsewhere"}\n`)).toEqual([
      "case.yaml:7: params.prometheus-url is set by the runner and must not be set here",
    ]);
  });

  test("text that is not YAML is reported with its line", () => {
    expect(problems("apiVersion: scenario/v1\nname: [")[0]).toMatch(/^case\.yaml:\d+: /);
    expect(problems("name: indented\n  by: mistake\n").join()).not.toMatch(/at line \d+/);
  });

  test("a latency is one duration or two quantiles", () => {
    const with_ = (latency: string) =>
      readScenario(`${SMALLEST}images: {"a:1": {latency: ${latency}}}\n`, "case.yaml");
    expect(with_("20ms")).toMatchObject({
      scenario: { images: { "a:1": { latency: { p50: 20, p99: 20 } } } },
    });
    expect(with_("{p50: 20ms, p99: 1s}")).toMatchObject({
      scenario: { images: { "a:1": { latency: { p50: 20, p99: 1000 } } } },
    });
    expect(with_("{p50: 20ms}")).toMatchObject({ problems: [expect.stringContaining("latency.p99")] });
  });

  test("scrapes are at least a tenth of a second apart", () => {
    expect(readScenario(`${SMALLEST}scrape: 1s\n`, "case.yaml")).toMatchObject({
      scenario: { scrape: 1000 },
    });
    expect(problems(`${SMALLEST}scrape: 20ms\n`)).toEqual(["case.yaml:7: scrape must be at least 100ms"]);
  });

  test("what is said once at the top holds for each of several services", () => {
    const reading = readScenario(
      `apiVersion: scenario/v1
name: two
namespace: shop
params: {drain: 1s}
traffic: {rate: 5}
services:
  - {service: web, manifest-path: config/web}
  - {service: api, namespace: backend, params: {drain: 2s}, traffic: {rate: 9}}
steps:
  - wait: 1s
`,
      "two.yaml",
    );
    if (!reading.ok) throw new Error(reading.problems.join("\n"));
    expect(subjects(reading.scenario)).toEqual([
      {
        service: "web",
        namespace: "shop",
        params: { drain: "1s" },
        traffic: { rate: 5 },
        manifestPath: "config/web",
      },
      {
        service: "api",
        namespace: "backend",
        params: { drain: "2s" },
        traffic: { rate: 9 },
        manifestPath: undefined,
      },
    ]);
  });
});
