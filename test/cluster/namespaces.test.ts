/** How strict an app's namespace can be. */
import { expect, test } from "vitest";
import { levelFor } from "../e2e/world/namespaces.ts";

test.each([
  ["baseline", {}],
  ["restricted", { securityContext: { runAsNonRoot: true } }],
])("an app's namespace is %s when its containers say %j", (level, more) => {
  const spec = { template: { metadata: {}, spec: { containers: [{ name: "web", ...more }] } } };
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec };
  expect(levelFor([deployment])).toBe(level);
});
