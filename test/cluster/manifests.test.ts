/** How upstream's manifests become such as a cluster without an image registry can use. */
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { imageName } from "../e2e/cluster/images/names.ts";
import { dashboardRelease, released, stream } from "../e2e/cluster/install/manifests.ts";

describe("a manifest of a source tree", () => {
  test("gets our images, also where they are arguments", () => {
    const text = [
      "        image: ko://github.com/tektoncd/pipeline/cmd/controller",
      '          "-nop-image", "ko://github.com/tektoncd/pipeline/cmd/nop",',
    ].join("\n");
    expect(released(text, "pipelines", "v1.15.0")).toBe(
      [
        `        image: ${imageName("pipelines-controller")}`,
        `          "-nop-image", "${imageName("pipelines-nop")}",`,
      ].join("\n"),
    );
  });

  test("gets the release's version, and keeps words that only look alike", () => {
    const text = 'version: "devel"\n  pipeline.tekton.dev/release: "devel"\n  "development": false,\n';
    expect(released(text, "pipelines", "v1.15.0")).toBe(
      'version: "v1.15.0"\n  pipeline.tekton.dev/release: "v1.15.0"\n  "development": false,\n',
    );
  });

  test("needs no tini, and is probed every second", () => {
    const text = [
      "        command:",
      "        - /sbin/tini",
      "        - --",
      "        - /ko-app/resolvers",
      "          initialDelaySeconds: 5",
      "          periodSeconds: 10",
      "          timeoutSeconds: 5",
    ].join("\n");
    expect(released(text, "pipelines", "v1.15.0")).toBe(
      [
        "        command:",
        "        - /ko-app/resolvers",
        "          initialDelaySeconds: 1",
        "          periodSeconds: 1",
        "          timeoutSeconds: 5",
      ].join("\n"),
    );
  });
});

test("a stream of files keeps every document, whether a file ends its last line or not", () => {
  const documents = parseAllDocuments(stream(["kind: A", "kind: B\n", "---\nkind: C\n---\nkind: D"]));
  expect(documents.map((one) => one.toJS()).filter((one) => one !== null)).toEqual(
    ["A", "B", "C", "D"].map((kind) => ({ kind })),
  );
});

test("the Dashboard's placeholders become values, or are left out for the default", () => {
  const text = [
    "spec:",
    "  ports:",
    "          image: dashboardImage",
    "            - --log-level=--log-level",
    "            - --port=9097",
    "            - --read-only=--read-only",
  ].join("\n");
  expect(dashboardRelease(text, "v0.69.0", "10.0.0.1")).toBe(
    [
      "spec:",
      "  clusterIP: 10.0.0.1",
      "  ports:",
      `          image: ${imageName("dashboard")}`,
      "            - --port=9097",
      "            - --read-only=true",
    ].join("\n"),
  );
});
