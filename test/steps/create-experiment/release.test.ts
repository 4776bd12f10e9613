/** What a push becomes: which names, which comparison, and what happens to what was there before. */
import { describe, expect, test } from "vitest";
import type { VirtualWorld } from "../../../sandbox/virtual/world.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { autoscaler, deployment, EXPERIMENT, manifest, NAMESPACE } from "../../simulation/shop.ts";
import { experimentOf, pushed } from "./pushed.ts";

const names = (world: VirtualWorld, kind: string) =>
  world.store.list(kind, NAMESPACE).map((object) => object.metadata.name);
const outcome = (object: KubeObject | undefined) =>
  (object?.["status"] as { outcome?: { word: string; reason: string; sentence: string } } | undefined)
    ?.outcome;
const removeLive = ({ store }: VirtualWorld) => store.remove("Deployment", NAMESPACE, "web");

describe("names", () => {
  test("a manifest with the live version's name: the candidate gets the commit's first seven digits", async () => {
    const { world, short, results, log, revision } = await pushed({});
    const experiment = experimentOf(world, `web-${short}`);

    expect(results).toMatchObject({ next: "canary", experiment: `web-${short}` });
    expect(experiment?.["spec"]).toMatchObject({
      targetService: { name: "web", baseline: "web", candidate: `web-${short}` },
    });
    expect(experiment?.metadata.annotations).toMatchObject({
      "tekton-canary/repository": "example/gitops",
      "tekton-canary/revision": revision,
      "tekton-canary/status-context": "canary/shop/web",
    });
    expect(log).toContain(
      `The names in iter8/experiment.yaml are a template; this release has: experiment web-${short} (there web), candidate web-${short} (there web).`,
    );
    expect(names(world, "Deployment")).toEqual([`web-${short}`]);
    // Selector and pods are told apart from the baseline's, and the commit can be read off the running version.
    expect(world.store.get("Deployment", NAMESPACE, `web-${short}`)).toMatchObject({
      metadata: { annotations: { "tekton-canary/revision": revision, "tekton-canary/manifest-name": "web" } },
      spec: { selector: { matchLabels: { app: "web", version: short } } },
    });
  });

  test("a manifest with a name of its own keeps it", async () => {
    const { world, results } = await pushed({
      files: { "config/deploy.yaml": manifest("example/web:2", { name: "web-v2" }) },
    });

    expect(results["experiment"]).toBe("web-v2");
    expect(names(world, "Deployment")).toEqual(["web-v2"]);
  });

  test("a name that somebody else's Deployment has is refused", async () => {
    const other = deployment("example/web:3", { name: "db" });
    const { shown, changes } = await pushed({
      shop: {
        more: [
          {
            ...other,
            metadata: { name: "db", namespace: NAMESPACE },
            spec: {
              ...other.spec,
              selector: { matchLabels: { app: "db" } },
              template: { ...other.spec.template, metadata: { labels: { app: "db" } } },
            },
          },
        ],
      },
      files: { "config/deploy.yaml": manifest("example/web:2", { name: "db" }) },
    });

    expect(shown).toBe(
      "Rejected: config/deploy.yaml: a Deployment db exists that does not belong to Service web; use another name.",
    );
    expect(changes).toEqual([]);
  });
});

describe("no change in the pods", () => {
  test("ends at once", async () => {
    const { description, results, states, changes, exitCode } = await pushed({
      files: { "config/deploy.yaml": manifest("example/web:1") },
    });

    expect(results).toMatchObject({ next: "stop", outcome: "no-change", reason: "SameTemplate" });
    expect(description).toBe("No change: web runs this template already.");
    expect([exitCode, states]).toEqual([0, ["pending", "success"]]);
    expect(changes).toEqual([]);
  });

  test("what else changed is applied in place, and named", async () => {
    const { world, description, results } = await pushed({
      files: {
        "config/deploy.yaml": manifest("example/web:1", { replicas: 3 }),
        "config/settings.yaml":
          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {colour: red}\n",
      },
    });

    expect(results).toMatchObject({ next: "stop", outcome: "no-change" });
    expect(description).toBe(
      "No canary needed: web runs this template already; applied in place: Deployment web: spec.replicas 2 -> 3; ConfigMap settings created.",
    );
    expect(world.store.get("Deployment", NAMESPACE, "web")).toMatchObject({ spec: { replicas: 3 } });
    expect(world.store.get("ConfigMap", NAMESPACE, "settings")).toMatchObject({ data: { colour: "red" } });
    expect(names(world, "Experiment")).toEqual([]);
  });

  test("the number of pods stays with the autoscaler that has the live version", async () => {
    const scaler = autoscaler("web", { minReplicas: 2, maxReplicas: 10 });
    const { world, description } = await pushed({
      shop: { more: [scaler] },
      before: ({ store }) => store.patch("Deployment", NAMESPACE, "web", { spec: { replicas: 8 } }),
      files: {
        "config/deploy.yaml": manifest("example/web:1", { replicas: 2 }),
        "config/settings.yaml":
          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {colour: red}\n",
      },
    });

    expect(description).toBe(
      "No canary needed: web runs this template already; applied in place: ConfigMap settings created.",
    );
    expect(world.store.get("Deployment", NAMESPACE, "web")).toMatchObject({ spec: { replicas: 8 } });
  });

  test("needs no experiment in the repository", async () => {
    const { results } = await pushed({
      files: { "config/deploy.yaml": manifest("example/web:1"), "iter8/experiment.yaml": null },
    });

    expect(results["outcome"]).toBe("no-change");
  });
});

describe("a first deployment", () => {
  test("has nothing to be compared with, and needs no experiment", async () => {
    const { world, results, states, description } = await pushed({
      before: removeLive,
      files: { "iter8/experiment.yaml": null },
    });

    expect(results).toMatchObject({ next: "first", experiment: "web" });
    expect(states).toEqual(["pending", "success"]);
    expect(description).toBe(
      "First deployment of web: web is available and there was nothing to compare it with.",
    );
    expect(names(world, "Deployment")).toEqual(["web"]);
    expect(experimentOf(world, "web")?.["status"]).toMatchObject({
      trafficSplitPercentage: { baseline: 0, candidate: 100 },
      message: "ExperimentSucceeded: Last Iteration Was Completed",
    });
  });

  test("that does not come up is removed again", async () => {
    const { world, states, description } = await pushed({
      before: removeLive,
      shop: { images: { "example/web:2": { crash: true } } },
    });

    expect(states).toEqual(["pending", "failure"]);
    expect(description).toMatch(
      /^web was not deployed: 0 of 2 pods ready, container web crashed, exit code 1/,
    );
    expect(names(world, "Deployment")).toEqual([]);
  });
});

test("a rerun by hand replaces the completed experiment of the same name and keeps its end in a line", async () => {
  const first = await pushed({ shop: { images: { "example/web:2": { errors: 5 } } } });
  const { world, clock, short, revision, run } = first;
  const before = experimentOf(world, `web-${short}`);
  expect(outcome(before)?.word).toBe("rolled-back");

  const rerun = world.start(revision, { byPush: false });
  await clock.runUntil(rerun.over);

  const after = experimentOf(world, `web-${short}`);
  expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  expect(after?.metadata.annotations?.["tekton-canary/previous"]).toBe(
    `tekton-canary/${run.name}: rolled-back, ${outcome(before)?.sentence}`,
  );
});

test("an experiment that this pipeline did not create stands in the way as long as it is not completed", async () => {
  const foreign: KubeObject = {
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: { name: "web-v2", namespace: NAMESPACE },
    spec: { targetService: { name: "web", baseline: "web", candidate: "web-v2" } },
  };
  const { shown, changes } = await pushed({
    before: ({ store }) => store.create(foreign),
    files: { "config/deploy.yaml": manifest("example/web:2", { name: "web-v2" }) },
  });

  expect(shown).toBe(
    "Rejected: an Experiment shop/web-v2 that this pipeline did not create is not completed; delete it.",
  );
  expect(changes).toEqual([]);
});

test("what an experiment says without effect is a warning in the log", async () => {
  const { log } = await pushed({ files: { "iter8/experiment.yaml": `${EXPERIMENT}action: pause\n` } });

  expect(log).toContain(
    "warning: iter8/experiment.yaml: action is ignored: it belongs to an experiment that runs",
  );
});
