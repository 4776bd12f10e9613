/** A verdict that comes while the candidate is being applied: the loop was about to end without having seen one. */
import { expect, test } from "vitest";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import { storeCluster } from "../../../sandbox/virtual/store-cluster.ts";
import { applyCandidate } from "../../../steps/apply-candidate/step.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { releaseConfigMap } from "../../../steps/lib/release/stored.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

const NAMESPACE = "shop";
const RUN = { namespace: "tekton-canary", name: "web-1", uid: "run-1" };
const NAMES = { name: "web", apiVersion: "v1", baseline: "web-1", candidate: "web-2" };

/** A release of web-2 whose apply step has just created the Deployment, as a verdict for the baseline is recorded. */
async function applied() {
  const clock = createVirtualClock();
  const store = createStore({ now: () => clock.now() });
  const owner: KubeObject = store.create({
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: { name: "web-2", namespace: NAMESPACE },
    spec: { targetService: NAMES },
  });
  const template = {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ image: "example/web:2" }] },
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web-2", namespace: NAMESPACE },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template },
  };
  const { apiVersion, kind, metadata } = owner;
  const described = { name: "web-2-release", namespace: NAMESPACE, labels: {} };
  store.create(
    releaseConfigMap(
      { deployment, rest: [], properties: {} },
      { ...described, owner: { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "" } },
    ),
  );
  const tell = (status: object) =>
    store.patch("Experiment", NAMESPACE, "web-2", { status }, { subresource: "status" });
  const verdict = {
    word: "aborted",
    reason: "Override",
    sentence: "Back to web-1.",
    winner: "baseline",
    abort: true,
    at: "2030-01-01T00:00:00Z",
  };

  let writes = 0;
  const cluster = storeCluster(store, {
    written: () => {
      writes += 1;
      if (writes === 1) tell({ loop: { verdict } });
    },
  });
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const end = applyCandidate(
    { run: RUN, service: "web", namespace: NAMESPACE, experiment: "web-2" },
    { cluster, clock, log, signal: new AbortController().signal },
  );
  await clock.runFor(2500);
  return { clock, store, end, complete: () => tell({ phase: "Completed" }) };
}

test("without a candidate the loop completes, and the step takes back what nobody has seen", async () => {
  const { clock, store, end, complete } = await applied();
  expect(store.get("Deployment", NAMESPACE, "web-2")).toMatchObject({ spec: { replicas: 2 } });

  complete();

  const sentence = "The release ended before web-2 was available.";
  expect(await clock.runUntil(end)).toEqual({ exitCode: 0, sentence, results: { sentence } });
  expect(store.get("Deployment", NAMESPACE, "web-2")).toMatchObject({ spec: { replicas: 0 } });
});

test("when the loop sees the candidate after all it removes it, and the step has nothing to do", async () => {
  const { clock, store, end, complete } = await applied();

  store.remove("Deployment", NAMESPACE, "web-2");
  await clock.runFor(3000);
  complete();

  expect(await clock.runUntil(end)).toMatchObject({ exitCode: 0 });
  expect(store.get("Deployment", NAMESPACE, "web-2")).toBeUndefined();
});
