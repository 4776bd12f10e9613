/** What a manifest holds beside its Deployment, at promotion: changed, refused, or following the promoted version. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { VirtualWorld } from "../../sandbox/virtual/world.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { autoscaler, EXPERIMENT, manifest, NAMESPACE, startShop } from "./shop.ts";

const HOUR_MS = 3_600_000;

let clock: VirtualClock;
let world: VirtualWorld;

beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(async () => {
  expect(world.violations()).toEqual([]);
  await world.stop();
});

const budget = (spec: object): KubeObject => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "web", namespace: NAMESPACE },
  spec: { selector: { matchLabels: { app: "web" } }, ...spec },
});
const settings = (data: object, more: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "web-settings", namespace: NAMESPACE },
  data,
  ...more,
});
const scaler = autoscaler("web", { minReplicas: 2, maxReplicas: 5 });

/** Starts a shop with `live` in it. */
async function shopWith(...live: readonly KubeObject[]): Promise<void> {
  world = startShop({ clock, more: live });
  await clock.runFor(5000);
}

/** Releases `image`, with `rest` in the manifest, to the end. */
async function release(image: string, ...rest: readonly KubeObject[]): Promise<string> {
  const revision = world.repository.push({
    "config/deploy.yaml": manifest(image),
    ...Object.fromEntries(rest.map((one, index) => [`config/rest-${index}.yaml`, JSON.stringify(one)])),
    "iter8/experiment.yaml": EXPERIMENT,
  });
  await clock.runUntil(world.start(revision).over, HOUR_MS);
  return revision;
}

const candidate = (revision: string) => `web-${revision.slice(0, 7)}`;
const outcome = (revision: string) => {
  const found = world.store.get("Experiment", NAMESPACE, candidate(revision))?.["status"];
  return (found as { outcome?: { word: string; sentence: string } } | undefined)?.outcome;
};
const specOf = (kind: string) => world.store.get(kind, NAMESPACE, "web")?.["spec"];

test("a budget can change from minAvailable to maxUnavailable: the API takes only one of the two", async () => {
  await shopWith(budget({ minAvailable: 1 }));

  const revision = await release("example/web:2", budget({ maxUnavailable: 1 }));

  expect(outcome(revision)?.word).toBe("promoted");
  expect(specOf("PodDisruptionBudget")).toEqual({
    selector: { matchLabels: { app: "web" } },
    maxUnavailable: 1,
  });
});

test("an object that the API refuses is named in the sentence; the rest is applied and the release ends whole", async () => {
  await shopWith(settings({ colour: "red" }, { immutable: true }), budget({ minAvailable: 1 }));

  const first = await release("example/web:2", settings({ colour: "blue" }), budget({ minAvailable: 2 }));

  const told = "ot applied: ConfigMap web-settings: ";
  expect(outcome(first)).toMatchObject({
    word: "promoted",
    sentence: expect.stringMatching(/; not applied: ConfigMap web-settings: .*field is immutable.*\.$/),
  });
  expect(world.lines.filter((line) => line.includes(`N${told}`))).toHaveLength(1);
  expect(specOf("PodDisruptionBudget")).toMatchObject({ minAvailable: 2 });
  expect(world.store.list("VirtualService")).toEqual([]);
  expect(world.repository.posted.filter((one) => one.revision === first).map((one) => one.state)).toEqual([
    "pending",
    "success",
  ]);

  const second = await release("example/web:3", settings({ colour: "red" }));

  expect(outcome(second)).toMatchObject({ word: "promoted", sentence: expect.not.stringContaining(told) });
});

test("an autoscaler outside the manifest follows every promoted version, not only the first", async () => {
  await shopWith(scaler);
  for (const image of ["example/web:2", "example/web:3", "example/web:2"]) {
    const revision = await release(image);

    expect(specOf("HorizontalPodAutoscaler")).toMatchObject({
      scaleTargetRef: { name: candidate(revision) },
    });
  }
});
