import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { USUAL_DELAYS } from "../../../sandbox/mesh/delivery.ts";
import { storeCluster } from "../../../sandbox/virtual/store-cluster.ts";
import type { Clock } from "../../../steps/lib/ports/clock.ts";
import { realClock } from "../../../steps/lib/process/clock.ts";
import { writeAll } from "../../../steps/lib/release/route.ts";
import { createMeshWorld, HOST, type MeshWorld, NAMESPACE } from "./mesh-world.ts";

const apiVersion = "networking.istio.io/v1beta1";
const metadata = { name: "web", namespace: NAMESPACE };
const SUBSETS = { host: "web", subsets: [{ name: "v1", labels: { version: "v1" } }] };
const ROUTE = { hosts: ["web"], http: [{ route: [{ destination: { host: "web", subset: "v1" } }] }] };

let world: MeshWorld;
afterEach(() => world.close());

/** A pod that anybody reaches, in a mesh that takes about as long as it may. */
async function given(): Promise<void> {
  world = await createMeshWorld(() => 0.99, { delays: USUAL_DELAYS });
  await world.pod("v1");
}

function ask(): Promise<number | undefined> {
  const { host, port } = world.gateway;
  return new Promise((resolve, reject) => {
    get({ host, port, headers: { host: HOST }, agent: false }, (reply) => {
      resolve(reply.resume().statusCode);
    }).on("error", reject);
  });
}

/** What users get while subsets and the route to them are written as the steps do it, until the proxies know both. */
async function statusesMeanwhile(clock: Clock): Promise<readonly (number | undefined)[]> {
  const statuses = new Set<number | undefined>();
  let written = false;
  const writing = writeAll({ cluster: storeCluster(world.store), clock }, [
    {
      verb: "create",
      kind: "DestinationRule",
      object: { apiVersion, kind: "DestinationRule", metadata, spec: SUBSETS },
    },
    {
      verb: "create",
      kind: "VirtualService",
      object: { apiVersion, kind: "VirtualService", metadata, spec: ROUTE },
    },
  ]).finally(() => {
    written = true;
  });
  while (!written || !world.gateway.isSynced()) {
    statuses.add(await ask());
    await sleep(10);
  }
  await writing;
  statuses.add(await ask());
  return [...statuses].sort();
}

describe("a route and the subsets that it names", () => {
  it("written one right after the other lose requests: the proxies hear of the route first", async () => {
    await given();
    expect(await statusesMeanwhile({ now: Date.now, sleep: async () => {} })).toEqual([200, 503]);
  });

  it("written with the steps' pause between them lose none", async () => {
    await given();
    expect(await statusesMeanwhile(realClock())).toEqual([200]);
  });
});

describe("a change", () => {
  it("is heard of with what was written meanwhile, and a deletion too", async () => {
    await given();
    world.virtualService("web", ROUTE);
    expect(world.gateway.isSynced()).toBe(false);
    world.store.remove("VirtualService", NAMESPACE, "web");
    await expect.poll(() => world.gateway.isSynced()).toBe(true);
    expect(await ask()).toBe(200);
  });
});
