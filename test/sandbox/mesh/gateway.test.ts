import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { parseTextFormat } from "../../../sandbox/prometheus/text-format.ts";
import { createMeshWorld, gate, HOST, type MeshWorld, NAMESPACE, split } from "./mesh-world.ts";

let world: MeshWorld;
afterEach(() => world.close());

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly servedBy: string | undefined;
}

/** Sends one request through the gateway; `left` abandons it. */
function ask(
  path = "/",
  options: { host?: string; method?: string; body?: string; left?: AbortSignal } = {},
) {
  const { host = HOST, method = "GET", body, left } = options;
  const { host: address, port } = world.gateway;
  return new Promise<Reply>((resolve, reject) => {
    const signal = left === undefined ? {} : { signal: left };
    const outgoing = request({ host: address, port, method, path, headers: { host }, ...signal }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      const servedBy = [reply.headers["x-served-by"]].flat()[0];
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, body: text, servedBy }));
      reply.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** How many of `times` requests each Deployment answered; `503` and the like where nobody did. */
async function shares(times: number): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { servedBy, status } of await Promise.all(Array.from({ length: times }, () => ask()))) {
    const who = servedBy ?? String(status);
    counts[who] = (counts[who] ?? 0) + 1;
  }
  return counts;
}

/** Goes round the unit interval in ten equal steps. */
function tenths(): () => number {
  let next = 0;
  return () => (next++ % 10) / 10;
}

/** The gateway's counter of requests, as `<workload> <code>` -> count. */
async function counted(): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(world.gateway.metricsUrl)).text();
  const requests = parseTextFormat(text).filter(
    ({ labels }) => labels["__name__"] === "istio_requests_total",
  );
  return Object.fromEntries(
    requests.map(({ labels, value }) => [
      `${labels["destination_workload"]} ${labels["response_code"]}`,
      value,
    ]),
  );
}

describe("the gateway", () => {
  it("passes request and answer on, and says who answered", async () => {
    world = await createMeshWorld();
    await world.pod("web-v1", {}, (incoming, response) => {
      incoming.setEncoding("utf8").on("data", (body) => {
        response.writeHead(201).end(`${incoming.method} ${incoming.url} ${incoming.headers.host} ${body}`);
      });
    });
    expect(await ask("/a?b=c", { method: "POST", body: "hello" })).toEqual({
      status: 201,
      body: `POST /a?b=c ${HOST} hello`,
      servedBy: "web-v1",
    });
  });

  it("does not know a strange host", async () => {
    world = await createMeshWorld();
    expect(await ask("/", { host: "example.com" })).toMatchObject({ status: 404, servedBy: undefined });
  });

  it("splits requests by weight and follows a new weight with the very next request", async () => {
    world = await createMeshWorld(Math.random);
    await world.pod("v1");
    await world.pod("v2");
    split(world, { v1: 80, v2: 20 });
    const before = await shares(400);
    expect(before["v2"]).toBeGreaterThan(40);
    expect(before["v2"]).toBeLessThan(130);
    const to = (subset: string, weight: number) => ({ destination: { host: "web", subset }, weight });
    const http = [{ route: [to("v1", 0), to("v2", 100)] }];
    world.store.patch("VirtualService", NAMESPACE, "web", { spec: { http } });
    expect(await shares(50)).toEqual({ v2: 50 });
  });

  it("answers an empty 503 for the share of a subset without pods, and only for it", async () => {
    const drawn = tenths();
    world = await createMeshWorld(drawn);
    await world.pod("v1");
    split(world, { v1: 50, v2: 50 });
    const { v1 = 0, 503: refused = 0 } = await shares(40);
    expect(v1 + refused).toBe(40);
    expect(v1).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    expect(await counted()).toEqual({ "v1 200": v1, "unknown 503": refused });
  });

  it("keeps the old routes and pods while the control plane is away", async () => {
    world = await createMeshWorld();
    await world.pod("v1");
    split(world, { v1: 100, v2: 0 });
    world.gateway.hear("nothing");
    const v2 = await world.pod("v2");
    const http = [{ route: [{ destination: { host: "web", subset: "v2" } }] }];
    world.store.patch("VirtualService", NAMESPACE, "web", { spec: { http } });
    expect(await shares(10)).toEqual({ v1: 10 });
    world.gateway.hear("everything");
    expect(await shares(10)).toEqual({ v2: 10 });
    world.store.remove("Pod", NAMESPACE, v2.metadata.name);
    expect(await shares(10)).toEqual({ 503: 10 });
  });

  it("asks pods that are gone, in vain, until the control plane hears of pods again", async () => {
    world = await createMeshWorld();
    const v1 = await world.pod("v1");
    split(world, { v1: 100 });
    await shares(1);
    world.gateway.hear("nothing");
    world.store.remove("Pod", NAMESPACE, v1.metadata.name);
    await world.pod("v2");
    world.gateway.hear("routes");
    world.store.remove("VirtualService", NAMESPACE, "web");
    const left = AbortSignal.timeout(200);

    await expect(ask("/", { left })).rejects.toThrow("aborted");
    expect(await counted()).toMatchObject({ "v1 0": 1 });

    world.gateway.hear("everything");
    expect(await shares(10)).toEqual({ v2: 10 });
  });

  it("lets a request finish whose pod is removed meanwhile", async () => {
    world = await createMeshWorld();
    const arrived = gate();
    const released = gate();
    const pod = await world.pod("v1", {}, async (_, response) => {
      arrived.open();
      await released.opened;
      response.end("done");
    });
    const reply = ask();
    await arrived.opened;
    world.store.remove("Pod", NAMESPACE, pod.metadata.name);
    released.open();
    expect(await reply).toMatchObject({ status: 200, body: "done" });
    expect(await ask()).toMatchObject({ status: 503, body: "" });
  });

  it("tries another pod when one cannot be reached, and answers 503 when none can", async () => {
    world = await createMeshWorld();
    const gone = await world.pod("v1");
    await world.pod("v2");
    await world.unplug(gone);
    expect(await shares(20)).toEqual({ v2: 20 });
    for (const pod of world.store.list("Pod")) await world.unplug(pod);
    expect(await ask()).toMatchObject({ status: 503 });
  });

  it("asks pods on the port that the Service leads to, and answers 503 when nobody listens there", async () => {
    world = await createMeshWorld(Math.random, { podPort: 3000 });
    await world.pod("v1");
    expect(await ask()).toMatchObject({ status: 503, body: "" });
    expect(await counted()).toEqual({ "v1 503": 1 });
    world.store.patch("Service", NAMESPACE, "web", { spec: { ports: [{ port: 80, targetPort: 3000 }] } });
    expect(await ask()).toMatchObject({ status: 200, servedBy: "v1" });
  });

  it("answers 503 when the pod breaks the connection, without asking another", async () => {
    world = await createMeshWorld();
    await world.pod("v1", {}, (incoming) => incoming.socket.destroy());
    expect(await ask()).toMatchObject({ status: 503 });
    expect(await counted()).toEqual({ "v1 503": 1 });
  });

  it("answers 504 when the route's time is over", async () => {
    world = await createMeshWorld();
    await world.pod("v1", {}, () => {});
    world.virtualService("web", {
      hosts: ["web"],
      http: [{ route: [{ destination: { host: "web" } }], timeout: "30ms" }],
    });
    expect(await ask()).toMatchObject({ status: 504 });
    expect(await counted()).toEqual({ "v1 504": 1 });
  });

  it("counts a request whose caller left as code 0", async () => {
    world = await createMeshWorld();
    const arrived = gate();
    await world.pod("v1", {}, () => arrived.open());
    const left = new AbortController();
    const reply = ask("/", { left: left.signal });
    await arrived.opened;
    left.abort();
    await expect(reply).rejects.toThrow("aborted");
    await expect.poll(counted).toEqual({ "v1 0": 1 });
    expect(world.problems).toEqual([]);
  });

  it("names each object that it cannot follow once", async () => {
    world = await createMeshWorld();
    await world.pod("v1");
    const rule = { route: [{ destination: { host: "web" } }], mirror: { host: "web" } };
    world.virtualService("odd", { hosts: ["web"], http: [rule] });
    await shares(3);
    await world.pod("v1");
    await shares(3);
    expect(world.problems).toEqual([expect.stringContaining("VirtualService shop/odd")]);
  });
});

describe("a gateway that is restarted", () => {
  it("cuts its connections, goes on routing, and counts anew as another instance", async () => {
    world = await createMeshWorld();
    const arrived = gate();
    await world.pod("v1", {}, () => arrived.open());
    const cut = ask();
    await arrived.opened;
    const before = world.gateway.metricsUrl;
    await Promise.all([world.gateway.restart(), expect(cut).rejects.toThrow("socket hang up")]);
    expect(world.gateway.metricsUrl).not.toBe(before);
    await expect(fetch(before)).rejects.toThrow("fetch failed");
    for (const pod of world.store.list("Pod")) world.store.remove("Pod", NAMESPACE, pod.metadata.name);
    await world.pod("v2");
    expect(await ask()).toMatchObject({ status: 200, servedBy: "v2" });
    expect(await counted()).toEqual({ "v2 200": 1 });
    expect(world.problems).toEqual([]);
  });
});

describe("the gateway's metrics", () => {
  it("carry Istio's names, labels and buckets", async () => {
    world = await createMeshWorld();
    await world.pod("web-v1", { version: "v1" });
    await ask();
    await ask();
    const labels = {
      reporter: "source",
      source_workload: "istio-ingressgateway",
      source_workload_namespace: "istio-system",
      destination_workload: "web-v1",
      destination_workload_namespace: "shop",
      destination_version: "v1",
      destination_service: HOST,
      destination_service_name: "web",
      destination_service_namespace: "shop",
      response_code: "200",
    };
    const samples = parseTextFormat(await (await fetch(world.gateway.metricsUrl)).text());
    expect(samples).toContainEqual({ labels: { __name__: "istio_requests_total", ...labels }, value: 2 });
    const duration = "istio_request_duration_milliseconds";
    expect(samples).toContainEqual({ labels: { __name__: `${duration}_count`, ...labels }, value: 2 });
    const buckets = samples.filter((sample) => sample.labels["__name__"] === `${duration}_bucket`);
    expect(buckets.map((bucket) => bucket.labels["le"]).join(" ")).toBe(
      "0.5 1 5 10 25 50 100 250 500 1000 2500 5000 10000 30000 60000 300000 600000 1800000 3600000 +Inf",
    );
    expect(buckets.at(-1)?.value).toBe(2);
  });
});
