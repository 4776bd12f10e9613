import { afterEach, describe, expect, it } from "vitest";
import { readMeshConfig } from "../../../sandbox/mesh/mesh-config.ts";
import { routeRequest } from "../../../sandbox/mesh/route-request.ts";
import { createMeshWorld, HOST, type MeshWorld, NAMESPACE, readiness } from "./mesh-world.ts";

let world: MeshWorld;
afterEach(() => world.close());

const to = (host: string, subset?: string, port?: number) => ({
  destination: {
    host,
    ...(subset === undefined ? {} : { subset }),
    ...(port === undefined ? {} : { port: { number: port } }),
  },
});
const rules = (...route: readonly object[]) => [{ route }];

/** The Deployments that may answer; `404` when nobody is in charge. */
function workloads(host: string, path = "/"): readonly string[] | 404 {
  const routed = routeRequest(readMeshConfig(world.store), host, { path, headers: {} }, () => 0);
  return routed === undefined ? 404 : routed.endpoints.map(({ workload }) => workload);
}

describe("without a VirtualService", () => {
  it("a Service's ready pods answer, under each of its names", async () => {
    world = await createMeshWorld();
    await world.pod("web-v1");
    await world.pod("web-v2");
    for (const host of ["web.shop", "web.shop.svc", HOST, `${HOST}:8080`, "WEB.shop"])
      expect(workloads(host)).toEqual(["web-v1", "web-v2"]);
    expect(workloads("web")).toBe(404);
    expect(workloads("web.other")).toBe(404);
    expect(workloads("example.com")).toBe(404);
  });

  it("pods that are not ready, or on their way out, or of another app or namespace do not", async () => {
    world = await createMeshWorld();
    const unready = await world.pod("web-v1");
    const leaving = await world.pod("web-v2");
    await world.pod("api", { app: "api" });
    world.store.patch("Pod", NAMESPACE, unready.metadata.name, readiness(false), { subresource: "status" });
    world.store.patch("Pod", NAMESPACE, leaving.metadata.name, {
      metadata: { deletionTimestamp: "2030-01-01T00:00:00Z" },
    });
    expect(workloads(HOST)).toEqual([]);
  });

  it("a Service without a selector has no pods", async () => {
    world = await createMeshWorld();
    world.service("bare", {});
    await world.pod("web-v1");
    expect(workloads("bare.shop")).toEqual([]);
  });
});

describe("a subset", () => {
  it("selects by superset of its labels, among the Service's pods", async () => {
    world = await createMeshWorld();
    await world.pod("web-v1", { version: "v1" });
    await world.pod("web-v2", { version: "v1", track: "canary" });
    world.virtualService("web", { hosts: ["web"], http: rules(to("web", "old")) });
    world.destinationRule("web", { host: HOST, subsets: [{ name: "old", labels: { version: "v1" } }] });
    expect(workloads(HOST)).toEqual(["web-v1", "web-v2"]);
  });

  it("may be defined in any of several DestinationRules; the oldest of one name counts", async () => {
    world = await createMeshWorld();
    await world.pod("web-v1", { version: "v1" });
    await world.pod("web-v2", { version: "v2" });
    world.virtualService("web", { hosts: ["web"], http: rules(to("web", "b")) });
    world.destinationRule("a", { host: "web", subsets: [{ name: "a", labels: { version: "v1" } }] });
    world.destinationRule("b", { host: "web", subsets: [{ name: "b", labels: { version: "v2" } }] });
    world.destinationRule("c", { host: "web", subsets: [{ name: "b", labels: { version: "v1" } }] });
    expect(workloads(HOST)).toEqual(["web-v2"]);
  });

  it.each([
    ["nobody defined", to("web", "none")],
    ["of a Service that is not there", to("gone", "v1")],
    ["of a port that the Service lacks", to("web", "v1", 81)],
    ["of a name with a dot that is not the full one", to("web.shop", "v1")],
  ])("%s has no pods", async (_, route) => {
    world = await createMeshWorld();
    await world.pod("web-v1", { version: "v1" });
    world.virtualService("web", { hosts: ["web"], http: rules(route) });
    world.destinationRule("web", { host: "web", subsets: [{ name: "v1", labels: { version: "v1" } }] });
    expect(workloads(HOST)).toEqual([]);
  });
});

describe("VirtualServices", () => {
  it("for the same host: the older one wins, then the one whose name comes first", async () => {
    world = await createMeshWorld();
    for (const name of ["first", "second", "third"]) world.service(name, { app: name });
    for (const app of ["first", "second", "third"]) await world.pod(app, { app });
    world.virtualService("a-late", { hosts: ["web"], http: rules(to("second")) }, Date.UTC(2030, 5, 1));
    world.virtualService("z", { hosts: ["web"], http: rules(to("third")) }, Date.UTC(2030, 1, 1));
    world.virtualService("b", { hosts: [HOST], http: rules(to("first")) }, Date.UTC(2030, 1, 1));
    expect(workloads(HOST)).toEqual(["first"]);
  });

  it("of a gateway serve the external names that they list, and wildcards come last", async () => {
    world = await createMeshWorld();
    await world.pod("web-v1");
    world.service("other", { app: "other" });
    await world.pod("other", { app: "other" });
    world.virtualService("exact", {
      hosts: ["shop.example.com"],
      gateways: ["edge"],
      http: rules(to("web")),
    });
    world.virtualService("suffix", {
      hosts: ["*.example.com"],
      gateways: ["edge"],
      http: rules(to("other")),
    });
    world.virtualService("any", {
      hosts: ["*"],
      gateways: ["edge"],
      http: [{ match: [{ uri: { exact: "/demo" } }], route: [to("web")] }],
    });
    expect(workloads("shop.example.com")).toEqual(["web-v1"]);
    expect(workloads("www.example.com")).toEqual(["other"]);
    expect(workloads("elsewhere.org", "/demo")).toEqual(["web-v1"]);
    expect(workloads("elsewhere.org", "/")).toBe(404);
    expect(workloads("other.shop")).toEqual(["other"]);
  });

  it("of the mesh alone are not seen from outside", async () => {
    world = await createMeshWorld();
    world.virtualService("web", { hosts: ["shop.example.com"], http: rules(to("web")) });
    expect(workloads("shop.example.com")).toBe(404);
  });

  it("say how long to wait and how often to try again", async () => {
    world = await createMeshWorld();
    world.virtualService("web", {
      hosts: ["web"],
      http: [{ route: [to("web")], timeout: "1.5s", retries: { attempts: 0 } }],
    });
    const routed = routeRequest(readMeshConfig(world.store), HOST, { path: "/", headers: {} }, () => 0);
    expect(routed).toMatchObject({ timeoutMs: 1500, retries: 0 });
  });

  it.each([
    ["mirror", { route: [to("web")], mirror: { host: "web" } }],
    ["fault", { route: [to("web")], fault: {} }],
    ["delegate", { delegate: { name: "x" } }],
    ["regex", { match: [{ uri: { regex: ".*" } }], route: [to("web")] }],
    ["no duration", { route: [to("web")], timeout: "soon" }],
  ])("with %s are named as a problem and have no effect", async (word, rule) => {
    world = await createMeshWorld();
    await world.pod("web-v1");
    world.virtualService("odd", { hosts: ["web"], http: [rule] });
    const { problems, routes } = readMeshConfig(world.store);
    expect(problems).toEqual([expect.stringContaining("VirtualService shop/odd")]);
    if (word !== "regex" && word !== "delegate") expect(problems[0]).toContain(word);
    expect(routes).toEqual([]);
  });

  it("with tcp routes are a problem, and so are DestinationRules that eject pods", async () => {
    world = await createMeshWorld();
    world.virtualService("db", { hosts: ["web"], tcp: [{}] });
    world.destinationRule("db", { host: "web", trafficPolicy: { outlierDetection: {} } });
    expect(readMeshConfig(world.store).problems).toEqual([
      expect.stringContaining("tcp"),
      expect.stringContaining("outlierDetection"),
    ]);
  });
});
