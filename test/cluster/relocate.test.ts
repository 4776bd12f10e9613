/** Scenarios that play side by side, and share no name. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readScenario } from "../../sandbox/scenario/read.ts";
import { relocated } from "../e2e/world/relocate.ts";

test("a scenario has namespaces of its own, in fields and in host names", () => {
  const source = readFileSync("test/scenarios/killed-load.yaml", "utf8");
  const reading = readScenario(relocated(source, "x7k2p"), "killed-load.yaml");
  expect(reading.ok && reading.scenario.namespace).toBe("shop-x7k2p");
  expect(reading.ok && reading.scenario.repository["iter8/pipeline.prop"]).toContain(
    "app-host: web.shop-x7k2p.svc.cluster.local",
  );
  expect(relocated("service: [", "x7k2p")).toBe("service: [");
});
