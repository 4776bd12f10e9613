/** What the suite leaves of a cluster that is its user's, seen by a kubectl that answers from memory. */
import { describe, expect, test } from "vitest";
import { raiseFlag, restoreFlag } from "../e2e/world/feature-flag.ts";
import { refuseInstalled } from "../e2e/world/given-ground.ts";
import type { Kubectl } from "../e2e/world/kubectl.ts";
import { namespaceObject } from "../e2e/world/namespaces.ts";
import { UnfitCluster } from "../e2e/world/unfit.ts";

const OURS = namespaceObject("tekton-canary", "restricted");

describe("the bundle", () => {
  const cluster =
    (objects: Readonly<Record<string, object>>): Kubectl =>
    async ([, kind = ""]) => {
      const found = objects[kind];
      return found === undefined ? "" : JSON.stringify(found);
    };
  const refusal = (objects: Readonly<Record<string, object>>) => refuseInstalled(cluster(objects));

  test("is installed where there is nothing of it, and over what an interrupted suite left", async () => {
    await expect(refusal({})).resolves.toBeUndefined();
    await expect(refusal({ namespace: OURS, customresourcedefinition: {} })).resolves.toBeUndefined();
  });

  test("is not installed where removing it would take away what is somebody else's", async () => {
    const namespace = { metadata: { name: "tekton-canary" } };
    await expect(refusal({ namespace })).rejects.toThrow("has a namespace tekton-canary");
    const definition = refusal({ customresourcedefinition: {} });
    await expect(definition).rejects.toThrow(UnfitCluster);
    await expect(definition).rejects.toThrow(
      "has the resource definition experiments.iter8.tools; it would be removed, and every Experiment with it.",
    );
  });
});

describe("Tekton's setting", () => {
  /** A cluster with our namespace and the ConfigMap, as far as kubectl is asked about them. */
  function tekton(data: Record<string, string>) {
    let namespace: { annotations: Record<string, string> } | undefined = { annotations: {} };
    const kubectl: Kubectl = async ([verb, kind, ...args]) => {
      if (verb === "get" && kind === "configmap") return JSON.stringify({ data });
      if (verb === "get") return namespace === undefined ? "" : JSON.stringify({ metadata: namespace });
      if (verb === "annotate" && namespace !== undefined) {
        const [name = "", value = ""] = args.at(-1)?.split("=") ?? [];
        namespace.annotations[name] = value;
      }
      const patch = args.find((arg) => arg.startsWith("--patch="))?.slice("--patch=".length);
      for (const [name, value] of Object.entries(JSON.parse(patch ?? "{}").data ?? {})) {
        if (value === null) delete data[name];
        else data[name] = String(value);
      }
      return "";
    };
    return { kubectl, data, removeNamespace: () => (namespace = undefined) };
  }

  test.each([
    [{ "set-security-context": "false", coschedule: "workspaces" }],
    [{ "set-security-context": "true" }],
    [{}],
  ])("of %j is as it was when the suite is over", async (before) => {
    const { kubectl, data } = tekton({ ...before });
    await raiseFlag(kubectl);
    expect(data["set-security-context"]).toBe("true");
    await restoreFlag(kubectl);
    expect(data).toEqual(before);
  });

  test("is not touched where no suite has changed it", async () => {
    const { kubectl, data, removeNamespace } = tekton({ "set-security-context": "false" });
    await restoreFlag(kubectl);
    removeNamespace();
    await restoreFlag(kubectl);
    expect(data).toEqual({ "set-security-context": "false" });
  });
});
