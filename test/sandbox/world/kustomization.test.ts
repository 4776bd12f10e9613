import { describe, expect, test } from "vitest";
import { readKustomization } from "../../../sandbox/world/kustomization.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

function named(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

describe("our own folders, read as kubectl apply -k reads them", () => {
  test("config brings tasks and pipeline in the pipeline's namespace, and leaves the CRD without one", async () => {
    const objects = await readKustomization("config");
    expect(named(objects, "Task", "create-experiment").metadata.namespace).toBe("tekton-canary");
    expect(named(objects, "Pipeline", "canary-release").metadata.namespace).toBe("tekton-canary");
    expect(
      named(objects, "CustomResourceDefinition", "experiments.iter8.tools").metadata.namespace,
    ).toBeUndefined();
  });

  test("the settings of triggers reach the listener's filter and the template's defaults, and are not applied", async () => {
    const objects = await readKustomization("triggers", {
      edit: (object) =>
        object.metadata.name === "canary-settings"
          ? { ...object, data: { ...(object["data"] as object), repository: "acme/shop", service: "web" } }
          : object,
    });
    expect(JSON.stringify(named(objects, "EventListener", "canary"))).toContain(
      "body.repository.full_name == 'acme/shop' && body.ref == 'refs/heads/main'",
    );
    const template = named(objects, "TriggerTemplate", "canary") as {
      spec?: { params: readonly { name: string; default?: string }[] };
    };
    expect(template.spec?.params.find(({ name }) => name === "service")?.default).toBe("web");
    expect(objects.some(({ metadata }) => metadata.name === "canary-settings")).toBe(false);
  });
});
