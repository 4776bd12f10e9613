import { describe, expect, test } from "vitest";
import { installation, type Release } from "../../../sandbox/world/install.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

const wanted = {
  root: ".",
  repository: "acme/gitops",
  prometheusUrl: "http://127.0.0.1:9090",
  githubApiUrl: "http://127.0.0.1:8080",
};
const web: Release = { service: "web", namespace: "shop", params: { drain: "1s" } };
const api: Release = { service: "api", namespace: "backend", params: { "manifest-path": "config/api" } };

function of(objects: readonly KubeObject[], kind: string): readonly KubeObject[] {
  return objects.filter((one) => one.kind === kind);
}

function defaults(template: KubeObject | undefined): Readonly<Record<string, string | undefined>> {
  const { spec } = template as unknown as { spec: { params: readonly { name: string; default?: string }[] } };
  return Object.fromEntries(spec.params.map((param) => [param.name, param.default]));
}

describe("installing our YAML", () => {
  test("sets the constants of the trigger as its user would", async () => {
    const [template] = of(await installation({ ...wanted, releases: [web] }), "TriggerTemplate");
    expect(defaults(template)).toMatchObject({
      service: "web",
      namespace: "shop",
      repository: "acme/gitops",
      "prometheus-url": "http://127.0.0.1:9090",
      "github-api-url": "http://127.0.0.1:8080",
      drain: "1s",
      "manifest-path": "config",
    });
  });

  test("leaves alone the constants whose names only contain one that is set", async () => {
    const [template] = of(await installation({ ...wanted, releases: [web] }), "TriggerTemplate");
    expect(defaults(template)).toMatchObject({ namespace: "shop", "metrics-namespace": "" });
  });

  test("puts the roles of the runs into each app's namespace", async () => {
    const objects = await installation({ ...wanted, releases: [web, api] });
    const namespaces = of(objects, "Role")
      .filter(({ metadata }) => metadata.name === "canary-wait")
      .map(({ metadata }) => metadata.namespace);
    expect(namespaces).toEqual(["shop", "backend"]);
  });

  test("several services share one listener, each with a trigger, a template and its own folder", async () => {
    const objects = await installation({ ...wanted, releases: [web, api] });
    const [listener, ...others] = of(objects, "EventListener");
    const { spec } = listener as unknown as {
      spec: { triggers: readonly { name: string; template: { ref: string } }[] };
    };
    expect(others).toEqual([]);
    expect(spec.triggers.map(({ name, template }) => `${name} ${template.ref}`)).toEqual([
      "push canary",
      "push-api canary-api",
    ]);
    expect(JSON.stringify(spec.triggers[0])).toContain("f.startsWith('config/')");
    expect(JSON.stringify(spec.triggers[1])).toContain("f.startsWith('config/api/')");
    const templates = of(objects, "TriggerTemplate");
    expect(defaults(templates.find(({ metadata }) => metadata.name === "canary-api"))).toMatchObject({
      service: "api",
    });
  });

  test("a param that the template does not have is refused by name", async () => {
    const release = { ...web, params: { drian: "1s" } };
    await expect(installation({ ...wanted, releases: [release] })).rejects.toThrow(
      /^params drian: the pipeline has no such param, only app-host, .*, drain, /,
    );
  });
});
