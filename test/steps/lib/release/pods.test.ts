/** Which pods a version answers for. */
import { expect, test } from "vitest";
import type { Deployment, Pod } from "../../../../steps/lib/ports/kinds.ts";
import { podsLeft, podsOf } from "../../../../steps/lib/release/pods.ts";

function pod(deployment: string, hash: string): Pod {
  const name = `${deployment}-${hash}`;
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name, uid: `uid-of-${name}`, controller: true };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-x7k2p`,
      labels: { app: "web", "pod-template-hash": hash },
      ownerReferences: [owner],
    },
  };
}

const WEB: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { selector: { matchLabels: { app: "web" } }, template: { spec: {} } },
};

test("a version's pods are those of its own ReplicaSets, old and new, also beside one whose name begins like its own", async () => {
  // Given three ReplicaSets whose pods all match the selector of web.
  const all = [pod("web", "5d9f"), pod("web", "77c4"), pod("web-v2", "88aa")];

  // When
  const found = await podsOf({ list: async () => all as never }, "shop", WEB);

  // Then
  expect(found.map(({ metadata }) => metadata.name)).toEqual(["web-5d9f-x7k2p", "web-77c4-x7k2p"]);
});

test("what a removed Deployment has left are the pods behind the Service that are not being deleted yet", async () => {
  // Given two pods of web, one of which is being deleted, and one of another Deployment.
  const first = pod("web", "5d9f");
  const ending = { ...first, metadata: { ...first.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" } };
  const asked: unknown[] = [];
  const cluster = {
    get: async () => ({ spec: { selector: { app: "web" } } }) as never,
    list: async (...all: readonly unknown[]) => {
      asked.push(all);
      return [ending, pod("web", "77c4"), pod("web-v2", "88aa")] as never;
    },
  };

  // When
  const left = await podsLeft(cluster, "shop", "web", "web");

  // Then
  expect(left).toBe(1);
  expect(asked).toEqual([["Pod", "shop", { app: "web" }]]);
});
