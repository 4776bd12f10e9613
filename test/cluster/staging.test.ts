/** What of all that happens on a cluster is a scenario's, and what it did itself. */
import { describe, expect, test } from "vitest";
import { belonging, createStaging } from "../e2e/world/staging.ts";

describe("what is seen on the cluster", () => {
  const object = (kind: string, name: string, more: object = {}, metadata: object = {}) => ({
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "tekton-canary", ...metadata },
    ...more,
  });

  test("is the scenario's own doing where its writer first appears, and once when it deletes", () => {
    const staging = createStaging();
    const managed = { managedFields: [{ manager: "canary" }, { manager: staging.writer() }] };
    const change = { type: "MODIFIED", object: object("VirtualService", "web", {}, managed) } as const;
    expect([staging.isStaged(change), staging.isStaged(change)]).toEqual([true, false]);

    const end = { type: "DELETED", object: object("Deployment", "web") } as const;
    expect(staging.isStaged(end)).toBe(false);
    staging.removal("Deployment", "tekton-canary", "web");
    expect([staging.isStaged(end), staging.isStaged(end)]).toEqual([true, false]);
  });

  test("belongs to a scenario when its run releases to one of the scenario's namespaces", () => {
    const isOurs = belonging(["shop-a"]);
    const run = (name: string, namespace: string) =>
      object("PipelineRun", name, { spec: { params: [{ name: "namespace", value: namespace }] } });
    const taskRun = (of: string) =>
      object("TaskRun", `${of}-wait`, {}, { labels: { "tekton.dev/pipelineRun": of } });
    expect([run("web-1", "shop-a"), run("web-2", "shop-b")].map(isOurs)).toEqual([true, false]);
    expect([taskRun("web-1"), taskRun("web-2")].map(isOurs)).toEqual([true, false]);
    expect(isOurs(object("Deployment", "web", {}, { namespace: "shop-a" }))).toBe(true);
  });
});
