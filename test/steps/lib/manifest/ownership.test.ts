import { describe, expect, it } from "vitest";
import { type App, foreignBecause } from "../../../../steps/lib/manifest/ownership.ts";
import type { KubeObject, Service } from "../../../../steps/lib/ports/kinds.ts";
import { deployment } from "./objects.ts";

const service: Service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" } },
};

/** web, which reads the ConfigMap web-settings and the shared one, beside billing, which reads its own and the shared one. */
function app(): App {
  const reading = (name: string, labels: Record<string, string>, configMaps: readonly string[]) => {
    const made = deployment(name, labels);
    const volumes = configMaps.map((configMap) => ({ name: configMap, configMap: { name: configMap } }));
    const spec = { ...made.spec.template.spec, volumes };
    return { ...made, spec: { ...made.spec, template: { ...made.spec.template, spec } } };
  };
  return {
    service,
    deployments: [
      reading("web-v1", { app: "web" }, ["web-settings", "shared"]),
      reading("billing", { app: "billing" }, ["billing-settings", "shared"]),
    ],
  };
}

function object(
  kind: string,
  name: string,
  spec: object = {},
  labels: Record<string, string> = {},
): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name, labels }, spec };
}

const target = (name: string, kind = "Deployment") => ({ scaleTargetRef: { kind, name } });
const selecting = (matchLabels: object) => ({ selector: { matchLabels } });

describe("an object that exists already", () => {
  it.each([
    ["a ConfigMap that only the app reads", object("ConfigMap", "web-settings")],
    ["a ConfigMap that nobody reads", object("ConfigMap", "unread")],
    ["an autoscaler of the app", object("HorizontalPodAutoscaler", "any", target("web-v1"))],
    ["a budget for the app's pods", object("PodDisruptionBudget", "any", selecting({ app: "web" }))],
    ["the Service itself", object("Service", "web", { selector: { app: "other" } })],
    [
      "a Service for some of its pods",
      object("Service", "web-v1", { selector: { app: "web", version: "v1" } }),
    ],
    ["what we created for it", object("ConfigMap", "unread", {}, { "tekton-canary/service": "web" })],
  ])("may be changed: %s", (_what, live) => {
    expect(foreignBecause(live, app())).toBeUndefined();
  });

  it.each([
    ["a ConfigMap of another app", object("ConfigMap", "billing-settings")],
    ["a ConfigMap that two apps read", object("ConfigMap", "shared")],
    ["an autoscaler of another app", object("HorizontalPodAutoscaler", "web", target("billing"))],
    [
      "an autoscaler of something of the same name",
      object("HorizontalPodAutoscaler", "web", target("web-v1", "StatefulSet")),
    ],
    ["a budget for all pods", object("PodDisruptionBudget", "web", selecting({ tier: "any" }))],
    ["another app's Service", object("Service", "billing", { selector: { app: "billing" } })],
    ["a Service without selector", object("Service", "web-v1")],
  ])("must not be changed: %s", (_what, live) => {
    expect(foreignBecause(live, app())).toMatch(
      /exists and is not known to be Service web's: choose another name, or give/,
    );
  });

  it("is another Service's when we created it for that one", () => {
    const live = object("ConfigMap", "web-settings", {}, { "tekton-canary/service": "billing" });
    expect(foreignBecause(live, app())).toBe(
      "ConfigMap web-settings exists and is Service billing's: choose another name",
    );
  });
});
