import { expect, it } from "vitest";
import { matchesLabels, selects } from "../../../../steps/lib/manifest/labels.ts";
import { deployment } from "./objects.ts";

const LABELS = { app: "web", version: "v1" };

it.each([
  [{ matchLabels: { app: "web" } }, true],
  [{ matchLabels: { app: "web", tier: "x" } }, false],
  [{ matchExpressions: [{ key: "app", operator: "In", values: ["web", "api"] }] }, true],
  [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }, false],
  [{ matchExpressions: [{ key: "tier", operator: "NotIn", values: ["web"] }] }, true],
  [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, false],
  [{ matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, true],
  [{}, false],
  [undefined, false],
])("the selector %j matches: %s", (selector, matches) => {
  expect(matchesLabels(selector, LABELS)).toBe(matches);
});

it("a Service selects a Deployment by the labels of its pods, and without selector none", () => {
  const service = (selector?: Record<string, string>) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: selector === undefined ? {} : { selector },
  });
  const web = deployment("web", LABELS);
  expect(selects(service({ app: "web" }), web)).toBe(true);
  expect(selects(service({ app: "api" }), web)).toBe(false);
  expect(selects(service(), web)).toBe(false);
});
