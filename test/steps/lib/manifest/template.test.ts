import { describe, expect, it } from "vitest";
import { prepareCandidate } from "../../../../steps/lib/manifest/candidate.ts";
import { changes, differences, formatDifference } from "../../../../steps/lib/manifest/differences.ts";
import { followDeployment } from "../../../../steps/lib/manifest/follow.ts";
import { sameTemplate, templateHash } from "../../../../steps/lib/manifest/template.ts";
import type { Deployment, PodTemplate } from "../../../../steps/lib/ports/kinds.ts";
import { deployment, REVISION } from "./objects.ts";

function withSpec(of: Deployment, fields: Readonly<Record<string, unknown>>): Deployment {
  const template = { ...of.spec.template, spec: { ...of.spec.template.spec, ...fields } };
  return { ...of, spec: { ...of.spec, template } };
}

const DEFAULTS = { restartPolicy: "Always", dnsPolicy: "ClusterFirst", terminationGracePeriodSeconds: 30 };

describe("the same template", () => {
  it("is one to which the API server added defaults", () => {
    const manifest = deployment("web", { app: "web" });
    expect(sameTemplate(manifest, withSpec(manifest, DEFAULTS))).toBe(true);
  });

  it("is not one with another image or with one container more", () => {
    const manifest = deployment("web", { app: "web" });
    expect(sameTemplate(manifest, deployment("web", { app: "web" }, "example/web:2"))).toBe(false);
    const { containers } = manifest.spec.template.spec as { readonly containers: readonly unknown[] };
    expect(sameTemplate(manifest, withSpec(manifest, { containers: [...containers, { name: "b" }] }))).toBe(
      false,
    );
  });

  it("is not one that a field was taken away from, if we applied it", () => {
    const before = withSpec(deployment("web", { app: "web" }), { priorityClassName: "high" });
    const live = applied(before);
    expect(sameTemplate(before, live)).toBe(true);
    expect(sameTemplate(deployment("web", { app: "web" }), live)).toBe(false);
  });

  it("is not one that was changed by hand since we applied it", () => {
    const manifest = deployment("web", { app: "web" });
    expect(sameTemplate(manifest, withSpec(applied(manifest), { containers: [] }))).toBe(false);
  });

  it("may carry the version label that we added in place of the manifest's", () => {
    const manifest = deployment("web", { app: "web", version: "v1" });
    expect(sameTemplate(manifest, applied(manifest, deployment("web", { version: "v1" })))).toBe(true);
    expect(sameTemplate(manifest, deployment("web", { app: "web", version: "v2" }))).toBe(false);
  });

  function applied(manifest: Deployment, baseline?: Deployment): Deployment {
    const where = { namespace: "shop", service: "web", repository: "shop/web", revision: REVISION };
    return prepareCandidate(manifest, { ...where, name: "web-abc1234", baseline });
  }
});

describe("the template's hash", () => {
  const template: PodTemplate = { metadata: { labels: { a: "1", b: "2" } }, spec: { containers: [] } };

  it("does not depend on the order of keys nor on nulls", () => {
    const other = { spec: { containers: [], nodeName: null }, metadata: { labels: { b: "2", a: "1" } } };
    expect(templateHash(other)).toBe(templateHash(template));
    expect(templateHash(template)).toMatch(/^[0-9a-f]{16}$/);
  });

  it("stays what it is: it is stored in clusters", () => {
    expect(templateHash({ spec: {} })).toBe("ec7ab4408e9aed9e");
  });

  it("depends on every value", () => {
    expect(templateHash({ ...template, spec: { containers: [{}] } })).not.toBe(templateHash(template));
  });
});

describe("what a manifest changes", () => {
  it.each<[unknown, unknown, readonly string[]]>([
    [{ a: 1 }, { a: 1, b: 2 }, []],
    [{ a: 1 }, { a: "1" }, []],
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, ["a.b[1] 3 -> 2"]],
    [{ replicas: 3 }, { replicas: 2 }, ["replicas 2 -> 3"]],
    [{ replicas: 3 }, {}, ["replicas (none) -> 3"]],
    [{ ports: [1, 2] }, { ports: [1] }, ["ports 1 entry -> 2 entries"]],
    [{ a: {}, b: [], c: "", d: false, e: 0, f: null }, {}, []],
    [{ a: false }, { a: true }, ["a true -> false"]],
    [{ limits: { cpu: "1000m", memory: "1024Mi" } }, { limits: { cpu: "1", memory: "1Gi" } }, []],
    [{ limits: { cpu: 0.5 } }, { limits: { cpu: "500m" } }, []],
    [{ limits: { cpu: "2" } }, { limits: { cpu: "500m" } }, ["limits.cpu 500m -> 2"]],
    [{ image: "1000m" }, { image: "1" }, ["image 1 -> 1000m"]],
    [{ env: [{ value: "secret" }] }, { env: [{ value: "other" }] }, ["env[0].value"]],
  ])("%j over %j: %j", (manifest, live, expected) => {
    expect(differences(manifest, live).map(formatDifference)).toEqual(expected);
  });

  it("tells what applying an object would change, without its status and its data", () => {
    const live = {
      ...{
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", uid: "1", labels: { x: "1", y: "2" } },
      },
      data: { greeting: "hello", gone: "1" },
    };
    const manifest = {
      ...live,
      metadata: { name: "a", labels: { x: "2" } },
      data: { greeting: "bye" },
      status: {},
    };
    expect(changes(manifest, live).map(formatDifference)).toEqual([
      "metadata.labels.x 1 -> 2",
      "data.greeting",
      "data.gone",
    ]);
  });
});

describe("what follows a promoted Deployment", () => {
  const manifest = deployment("web", { app: "web", version: "v1" });
  const promoted = deployment("web-abc1234", { app: "web", version: "abc1234" });
  const object = (kind: string, spec: object) => ({
    apiVersion: "x/v1",
    kind,
    metadata: { name: "web" },
    spec,
  });
  const scaler = (name: string) =>
    object("HorizontalPodAutoscaler", { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name } });
  const budget = (matchLabels: object) =>
    object("PodDisruptionBudget", { minAvailable: 1, selector: { matchLabels } });

  it("is an autoscaler of a predecessor, and no other", () => {
    expect(followDeployment(scaler("web"), [manifest], promoted)).toEqual(scaler("web-abc1234"));
    expect(followDeployment(scaler("api"), [manifest], promoted)).toEqual(scaler("api"));
  });

  it("is a budget that names the version, and no other", () => {
    const followed = followDeployment(budget({ app: "web", version: "v1" }), [manifest], promoted);
    expect(followed).toEqual(budget({ app: "web", version: "abc1234" }));
    for (const labels of [{ app: "web" }, { app: "api" }]) {
      expect(followDeployment(budget(labels), [manifest], promoted)).toEqual(budget(labels));
    }
  });
});
