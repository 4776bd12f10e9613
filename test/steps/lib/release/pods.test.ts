/** Which pods a version answers for. */
import { describe, expect, test } from "vitest";
import { RefusedError } from "../../../../steps/lib/ports/errors.ts";
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

describe("what a removed Deployment has left", () => {
  const first = pod("web", "5d9f");
  const ending = { ...first, metadata: { ...first.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" } };
  const other = pod("web-v2", "88aa");

  /** Of `web` in the namespace shop, where these are behind the Service. */
  async function left(pods: readonly Pod[], endpoints: () => readonly object[]) {
    const asked: unknown[] = [];
    const cluster = {
      get: async () => ({ spec: { selector: { app: "web" } } }) as never,
      list: async (kind: string, ...where: readonly unknown[]) => {
        asked.push([kind, ...where]);
        return (kind === "Pod" ? pods : [{ endpoints: endpoints() }]) as never;
      },
    };
    const count = await podsLeft(cluster, "shop", "web", "web");
    return { count, asked };
  }
  const endpoint = ({ metadata: { name } }: Pod, ready = true) => ({
    conditions: { ready },
    targetRef: { kind: "Pod", name },
  });

  test("are the pods behind the Service that are not being deleted yet", async () => {
    const { count, asked } = await left([ending, pod("web", "77c4"), other], () => [endpoint(other)]);

    expect(count).toBe(1);
    expect(asked).toEqual([
      ["EndpointSlice", "shop", { "kubernetes.io/service-name": "web" }],
      ["Pod", "shop", { app: "web" }],
    ]);
  });

  test("are the endpoints of pods that are being deleted, or are gone", async () => {
    const gone = pod("web", "77c4");

    expect(
      await left([ending, other], () => [ending, gone, other].map((one) => endpoint(one))),
    ).toMatchObject({
      count: 2,
    });
    expect(await left([ending, other], () => [endpoint(ending, false), endpoint(other)])).toMatchObject({
      count: 0,
    });
  });

  test("are pods alone, where a role does not let us see the endpoints", async () => {
    const refused = () => {
      throw new RefusedError("could not list EndpointSlice: forbidden");
    };

    expect(await left([pod("web", "77c4")], refused)).toMatchObject({ count: 1 });
  });
});
