/** What a push would change in the objects beside the Deployment, as the log tells it. */
import { expect, test } from "vitest";
import { changes, formatDifference } from "../../../../steps/lib/manifest/differences.ts";
import type { KubeObject } from "../../../../steps/lib/ports/kinds.ts";

const budget = (spec: object): KubeObject => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "web" },
  spec,
});
const told = (manifest: KubeObject, live: KubeObject) => changes(manifest, live).map(formatDifference);

test("a budget's other limit and labels that are no longer selected are taken away", () => {
  const live = budget({
    minAvailable: 1,
    selector: { matchLabels: { app: "web", version: "1" } },
    unhealthyPodEvictionPolicy: "IfHealthyBudget",
  });

  expect(told(budget({ maxUnavailable: 1, selector: { matchLabels: { app: "web" } } }), live)).toEqual([
    "spec.maxUnavailable (none) -> 1",
    "spec.minAvailable 1 -> (none)",
    "spec.selector.matchLabels.version 1 -> (none)",
  ]);
});

test("what the API server has filled in is no change", () => {
  const manifest = budget({ minAvailable: 1, selector: { matchLabels: { app: "web" } } });

  expect(
    told(manifest, budget({ ...(manifest["spec"] as object), unhealthyPodEvictionPolicy: "AlwaysAllow" })),
  ).toEqual([]);
});

test("a key that a ConfigMap has no longer is told without its value", () => {
  const settings = (data: object): KubeObject => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "web" },
    data,
  });

  expect(told(settings({ a: "1" }), settings({ a: "1", secret: "x" }))).toEqual(["data.secret"]);
});
