/** Which pods are the baseline's when only the hash of their template tells them from the candidate's. */
import { expect, test } from "vitest";
import type { Deployment, ReplicaSet } from "../../../../steps/lib/ports/kinds.ts";
import { withHash } from "../../../../steps/lib/release/pair.ts";

const WEB: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", uid: "uid-of-web" },
  spec: { selector: { matchLabels: { app: "web" } }, template: { spec: {} } },
};

/** Needs the hash: the candidate carries every label of the baseline. */
const PAIR = {
  baseline: { name: "web", labels: { app: "web" } },
  candidate: { name: "web-2", labels: { app: "web", version: "2" } },
};

function replicaSet(
  hash: string,
  revision: number,
  readyReplicas?: number,
  owner = "uid-of-web",
): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `web-${hash}`,
      labels: { app: "web", "pod-template-hash": hash },
      annotations: { "deployment.kubernetes.io/revision": String(revision) },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: owner }],
    },
    status: readyReplicas === undefined ? {} : { readyReplicas },
  };
}

test.each([
  ["in a stuck rollout the old one, which serves", [replicaSet("old", 1, 2), replicaSet("new", 2)], "old"],
  [
    "during a restart the one with more ready pods",
    [replicaSet("old", 1, 1), replicaSet("new", 2, 2)],
    "new",
  ],
  ["with as many of each the newest", [replicaSet("new", 10, 1), replicaSet("old", 9, 1)], "new"],
  ["without any ready pod the newest", [replicaSet("new", 2), replicaSet("old", 1)], "new"],
  ["not one of another Deployment", [replicaSet("own", 1), replicaSet("other", 9, 9, "uid-of-web-2")], "own"],
])("the hash is that of the ReplicaSet with the most ready pods: %s", async (_case, sets, hash) => {
  const pair = await withHash({ list: async () => sets as never }, PAIR, WEB);

  expect(pair.baseline.podTemplateHash).toBe(hash);
});

test("labels that tell the two apart need no hash, and nothing is asked", async () => {
  const apart = { ...PAIR, baseline: { name: "web", labels: { app: "web", version: "1" } } };
  const list = () => Promise.reject(new Error("nothing may be asked"));

  expect(await withHash({ list }, apart, WEB)).toBe(apart);
});
