/** What `npm run e2e` decides without a cluster: which scenarios it plays, who answered, and what the table says. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readScenario } from "../../sandbox/scenario/read.ts";
import { table } from "../e2e/table.ts";
import { whyNot, withImportedImages } from "../e2e/world/applies.ts";
import { deploymentIn } from "../e2e/world/entrance.ts";
import { appImages, fullName } from "../e2e/world/images.ts";

const FOLDER = "test/scenarios";

function scenario(name: string) {
  const reading = readScenario(withImportedImages(readFileSync(join(FOLDER, name), "utf8")), name);
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  return reading.scenario;
}

describe("a scenario on a real cluster", () => {
  test("is played unless it needs what only the sandbox can do", () => {
    expect(whyNot(scenario("tutorial.yaml"))).toBeUndefined();
    expect(whyNot(scenario("cancelled-hard.yaml"))).toBeUndefined();
    expect(whyNot(scenario("metrics-gone.yaml"))).toBe("only the sandbox can do metrics");
    expect(whyNot(scenario("override.yaml"))).toBe(
      "only the sandbox tells its action from the pipeline's writes",
    );
    expect(whyNot(scenario("two-services.yaml"))).toBe("it releases several services");
  });

  test("asks no registry for an image, since there is none", () => {
    const asking = readdirSync(FOLDER).filter((name) =>
      JSON.stringify(scenario(name)).includes("imagePullPolicy: Always"),
    );
    expect(asking).toEqual([]);
  });

  test("gets an image of the demo app for each behaviour, but for those that cannot be pulled", () => {
    const behaviours = { "shop/web:1": { latency: { p50: 100, p99: 100 } }, "shop/web:2": { pull: false } };
    const images = appImages(".", behaviours, 8080);
    expect(images.map(({ name, environment }) => ({ name, environment }))).toEqual([
      { name: "docker.io/shop/web:1", environment: ["PORT=8080", "LATENCY=100ms", "LATENCY_P99=100ms"] },
    ]);
  });
});

test.each([
  ["web:1", "docker.io/library/web:1"],
  ["shop/web:1", "docker.io/shop/web:1"],
  ["registry.example.com/shop/web:1", "registry.example.com/shop/web:1"],
  ["localhost/web:1", "localhost/web:1"],
])("the kubelet takes image %s for %s", (name, full) => {
  expect(fullName(name)).toBe(full);
});

test.each([
  ["unknown from iter8-demo-v100-6c9f8d7b54-x2x9k\n", "iter8-demo-v100"],
  ["v101 from web-5d8f-abcde: failed, as told\n", "web"],
  ["no healthy upstream", undefined],
  ["", undefined],
])("a user who reads %j was served by %s", (body, deployment) => {
  expect(deploymentIn(body)).toBe(deployment);
});

test("the table has a line for each scenario, and says how many passed", () => {
  const reply = {
    kind: "reply",
    at: 1,
    sentAt: 0,
    namespace: "shop",
    service: "web",
    from: "version",
  } as const;
  const record = { scenario: "calm", passed: true, seconds: 65, violations: [], failures: [] };
  const lines = table([
    {
      kind: "played",
      result: {
        record: { ...record, steps: [], objects: [], experiments: [] },
        steps: [],
        sightings: [
          { ...reply, deployment: "web-v1", status: 200 },
          { ...reply, deployment: undefined, status: 503 },
        ],
      },
    },
    { kind: "skipped", scenario: "wild", why: "only the sandbox can do api" },
  ]);
  expect(lines).toEqual([
    "SCENARIO   OUTCOME                                TIME   REQUESTS   LOST   VIOLATIONS",
    "calm       passed                                 1m5s   2          1      0",
    "wild       skipped: only the sandbox can do api",
    "",
    "1 passed, 0 failed",
  ]);
});
