/** Iter8 v0.2's `kind: Service`: the two versions are Services; traffic is moved between them and nothing is deleted. */
import { describe, expect, test } from "vitest";
import type { RunOptions } from "../../sandbox/virtual/pipeline.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { NAMESPACE, startShop } from "./shop.ts";

const EXPERIMENT = `
apiVersion: iter8.tools/v1alpha1
kind: Experiment
metadata: {name: reviews}
spec:
  targetService: {kind: Service, name: web, baseline: web-old, candidate: web-new}
  trafficControl: {interval: 2s, trafficStepSize: 40, maxIterations: 3, maxTrafficPercentage: 80}
  analysis: {successCriteria: [{metricName: iter8_error_rate, toleranceType: threshold, tolerance: 0.02, sampleSize: 10}]}
`;

const service = (name: string, selector: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { selector, ports: [{ name: "http", port: 8080 }] },
});

const NEW_DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web-2" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web-new" } },
    template: {
      metadata: { labels: { app: "web-new" } },
      spec: { containers: [{ name: "web", image: "example/web:2" }] },
    },
  },
};

test.each([
  ["promoted", {}, 100],
  ["rolled-back", { errors: 20 }, 0],
])(
  "a candidate Service is %s by its requests, and both Services and Deployments stay",
  async (word, behaviour, weight) => {
    const clock = createVirtualClock();
    const old = service("web-old", { app: "web" });
    const world = startShop({
      clock,
      images: { "example/web:2": behaviour },
      more: [{ ...old, metadata: { ...old.metadata, namespace: NAMESPACE } }],
    });
    await clock.runFor(5000);
    const revision = world.repository.push({
      "config/deploy.yaml": JSON.stringify(NEW_DEPLOYMENT),
      "config/service.yaml": JSON.stringify(service("web-new", { app: "web-new" })),
      "iter8/experiment.yaml": EXPERIMENT,
    });

    await clock.runUntil(world.start(revision).over);

    const experiment = world.store.get("Experiment", NAMESPACE, "web-new");
    expect(experiment?.["status"]).toMatchObject({ outcome: { word } });
    expect(world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name)).toEqual([
      "web",
      "web-2",
    ]);
    expect(
      world.store
        .list("Service", NAMESPACE)
        .map((one) => one.metadata.name)
        .sort(),
    ).toEqual(["web", "web-new", "web-old"]);
    const [route] = world.store.list("VirtualService", NAMESPACE);
    const winner = weight === 100 ? "web-new" : "web-old";
    expect(route?.["spec"]).toMatchObject({
      http: [{ route: [{ destination: { host: expect.stringContaining(winner) }, weight: 100 }] }],
    });
    expect(world.violations()).toEqual([]);
    await world.stop();
  },
);

describe("a candidate Service whose Deployment runs an older version", () => {
  const probed = (image: string, replicas: number) => ({
    ...NEW_DEPLOYMENT,
    spec: {
      ...NEW_DEPLOYMENT.spec,
      replicas,
      template: {
        ...NEW_DEPLOYMENT.spec.template,
        spec: {
          containers: [{ name: "web", image, readinessProbe: { httpGet: { path: "/healthz", port: 8080 } } }],
        },
      },
    },
  });

  /** A push of `image` over example/web:2, released to its end. */
  async function release(image: string, replicas: number, options: RunOptions = {}) {
    const clock = createVirtualClock();
    const older = probed("example/web:2", replicas);
    const inShop = (object: KubeObject): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, namespace: NAMESPACE },
    });
    const world = startShop({
      clock,
      more: [
        inShop(service("web-old", { app: "web" })),
        inShop(service("web-new", { app: "web-new" })),
        inShop(older),
      ],
    });
    await clock.runFor(5000);
    const revision = world.repository.push({
      "config/deploy.yaml": JSON.stringify(probed(image, replicas)),
      "iter8/experiment.yaml": EXPERIMENT,
    });
    await clock.runUntil(world.start(revision, options).over);
    const status = world.store.get("Experiment", NAMESPACE, "web-new")?.["status"] as {
      readonly outcome?: { readonly word: string; readonly reason: string; readonly sentence: string };
      readonly loop?: { readonly weights?: readonly { readonly candidate: number }[] };
    };
    const said = world.lines;
    await world.stop();
    return { status, said };
  }

  test.each([
    [1, 0],
    [2, 0],
    [2, 8000],
  ])(
    "gets nothing when the new image cannot be pulled (%i pods, applied %i ms late)",
    async (replicas, applyDelayMs) => {
      const { status } = await release("example/web:missing", replicas, { applyDelayMs });

      expect(status.outcome).toMatchObject({
        word: "rolled-back",
        reason: "CandidateUnavailable",
        sentence: expect.stringContaining("image example/web:missing does not exist"),
      });
      expect((status.loop?.weights ?? []).filter(({ candidate }) => candidate > 0)).toEqual([]);
    },
  );

  test("is judged by the pods of the new one, however late those come", async () => {
    const { status, said } = await release("example/web:3", 2, { applyDelayMs: 8000 });

    expect(status.outcome).toMatchObject({ word: "promoted", reason: "CriteriaMet" });
    const applied = said.findIndex((line) => line.includes("Applied Deployment web-2"));
    const begun = said.findIndex((line) => line.includes("web-new is available (2 of 2 pods ready)"));
    expect(applied).toBeGreaterThan(0);
    expect(begun).toBeGreaterThan(applied);
  });
});

test("a candidate Service that is there and would select the version only after a promotion is refused", async () => {
  const clock = createVirtualClock();
  const there = (name: string, app: string) => ({
    ...service(name, { app }),
    metadata: { name, namespace: NAMESPACE, labels: { "tekton-canary/service": "web" } },
  });
  const world = startShop({ clock, more: [there("web-old", "web"), there("web-new", "web-new")] });
  await clock.runFor(5000);
  const text = JSON.stringify(NEW_DEPLOYMENT).replaceAll('"web-new"', '"web-newer"');
  const revision = world.repository.push({
    "config/deploy.yaml": text,
    "config/service.yaml": JSON.stringify(service("web-new", { app: "web-newer" })),
    "iter8/experiment.yaml": EXPERIMENT,
  });

  await clock.runUntil(world.start(revision).over);

  expect(world.lines.join("\n")).toMatch(
    /Rejected: .*Service web-new in the cluster does not select the pods of Deployment web-2, and a push changes it only when it is promoted/,
  );
  expect(world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name)).toEqual(["web"]);
  await world.stop();
});
