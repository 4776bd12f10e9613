import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../../steps/lib/experiment/names.ts";
import type { DestinationRule, VirtualService } from "../../../../steps/lib/ports/kinds.ts";
import { prepare, prepareFirst, release, routeTo, settleOn } from "../../../../steps/lib/routes/plan.ts";
import type { Pair, RouteTarget } from "../../../../steps/lib/routes/route.ts";
import { candidateWeight, splitOf } from "../../../../steps/lib/routes/weights.ts";
import { destinationRule, HOST, namespace, OWNER, PAIR, TARGET, to, virtualService } from "./namespace.ts";

type World = ReturnType<typeof namespace>;
const ROUTED: RouteTarget = { ...TARGET, routing: { name: "web" } };

function weigh(world: World, percent: number, pair = PAIR): void {
  world.write(routeTo(world.route(), pair, splitOf(percent), OWNER));
}

/** A whole release: prepared, shifted, settled on the winner, released. */
function run(world: World, winner: "baseline" | "candidate", pair = PAIR): void {
  world.write(prepare(world.route(), pair, OWNER));
  for (const percent of [0.5, 20, 80]) weigh(world, percent, pair);
  world.write(settleOn(world.route(), pair, winner, OWNER));
  world.write(release(world.route(), pair, winner));
}

describe("a route of our own", () => {
  it("is made as Iter8 makes it, with subsets named after the Deployments, subsets first", () => {
    const plan = prepare(namespace().route(), PAIR, OWNER);
    if (plan.kind === "refused") throw new Error(plan.problem);
    const labels = {
      [LABEL.service]: "web",
      "iter8-tools/host": HOST,
      "iter8-tools/init": "True",
      "iter8-tools/role": "progressing",
      "iter8-tools/experiment": "web-v2.shop",
    };
    expect(plan.writes.map(({ verb, kind }) => `${verb} ${kind}`)).toEqual([
      "create DestinationRule",
      "create VirtualService",
    ]);
    expect(plan.writes[0]?.object).toMatchObject({
      metadata: { name: `${HOST}.iter8-experiment`, namespace: "shop", labels },
      spec: {
        host: HOST,
        subsets: [
          { name: "web-v1", labels: { app: "web", version: "v1" } },
          { name: "web-v2", labels: { app: "web", version: "v2" } },
        ],
      },
    });
    expect(plan.writes[1]?.object).toMatchObject({
      metadata: { name: `${HOST}.iter8-experiment`, namespace: "shop", labels },
      spec: {
        hosts: [HOST],
        gateways: ["mesh"],
        http: [{ route: [to(HOST, "web-v1", 100), to(HOST, "web-v2", 0)] }],
      },
    });
  });

  it.each(["baseline", "candidate"] as const)("is gone after the %s has won", (winner) => {
    const world = namespace();
    run(world, winner);
    expect(world.kept).toEqual({ VirtualService: [], DestinationRule: [] });
  });

  it("stays, with the plain host, where it carries hosts of the user", () => {
    const hosts = [{ name: "shop.example.com", gateway: "gw" }];
    const world = namespace([], [], { ...TARGET, hosts, port: 8080 });
    run(world, "candidate");
    expect(world.kept.DestinationRule).toEqual([]);
    const [kept] = world.kept.VirtualService;
    expect(kept?.metadata.labels).toEqual({
      [LABEL.service]: "web",
      "iter8-tools/host": HOST,
      "iter8-tools/role": "stable",
    });
    expect(kept?.spec).toEqual({
      hosts: [HOST, "shop.example.com"],
      gateways: ["mesh", "gw"],
      http: [{ route: [{ destination: { host: HOST, port: { number: 8080 } } }] }],
    });
    run(world, "baseline", {
      baseline: PAIR.candidate,
      candidate: { name: "web-v3", labels: { app: "web", version: "v3" } },
    });
    expect(world.kept.VirtualService).toEqual([kept]);
  });

  it("is not deleted, when somebody added to it meanwhile", () => {
    const world = namespace();
    world.write(prepare(world.route(), PAIR, OWNER));
    const made = world.route().virtualService as VirtualService;
    const http = (made.spec.http ?? []).map((rule) => ({ ...rule, timeout: "5s" }));
    world.write([
      { verb: "replace", kind: "VirtualService", object: { ...made, spec: { ...made.spec, http } } },
    ]);
    world.write(release(world.route(), PAIR, "baseline"));
    expect(world.kept.VirtualService[0]?.spec.http).toEqual([{ route: [to(HOST)], timeout: "5s" }]);
  });

  it("takes over the traffic policy that a wildcard gave the host", () => {
    const wide = destinationRule("wide", {
      host: "*.shop.svc.cluster.local",
      trafficPolicy: { tls: { mode: "DISABLE" } },
    });
    const world = namespace([], [wide]);
    world.write(prepare(world.route(), PAIR, OWNER));
    expect(world.kept.DestinationRule[1]?.spec["trafficPolicy"]).toEqual({ tls: { mode: "DISABLE" } });
  });

  it("has labels of at most 63 characters, however long the names are", () => {
    const service = "a".repeat(60);
    const world = namespace([], [], { ...TARGET, service });
    world.write(prepare(world.route(), PAIR, { name: "b".repeat(63), namespace: "shop" }));
    for (const value of Object.values(world.kept.VirtualService[0]?.metadata.labels ?? {})) {
      expect(value).toMatch(/^[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/);
    }
    expect(world.route().virtualService).toBeDefined();
  });
});

describe("subsets", () => {
  it("are told apart by the baseline's template hash, when the candidate carries all its labels", () => {
    const pair: Pair = {
      baseline: { name: "web", labels: { app: "web" }, podTemplateHash: "77" },
      candidate: { name: "web-abc", labels: { app: "web", version: "abc" } },
    };
    const world = namespace();
    world.write(prepare(world.route(), pair, OWNER));
    expect(world.kept.DestinationRule[0]?.spec.subsets).toEqual([
      { name: "web", labels: { app: "web", "pod-template-hash": "77" } },
      { name: "web-abc", labels: { app: "web", version: "abc" } },
    ]);
    const { podTemplateHash: _hash, ...unknown } = pair.baseline;
    expect(prepare(namespace().route(), { ...pair, baseline: unknown }, OWNER)).toMatchObject({
      problem: expect.stringMatching(/carry all labels of web, and web has no pod-template-hash/),
    });
    // Somebody edited the baseline: its pods have a new hash, the subset selects none of them any more.
    const edited = { ...pair, baseline: { ...pair.baseline, podTemplateHash: "88" } };
    world.write(settleOn(world.route(), edited, "baseline", OWNER));
    expect(world.kept.DestinationRule[0]?.spec.subsets?.find(({ name }) => name === "web")?.labels).toEqual({
      app: "web",
      "pod-template-hash": "88",
    });
  });

  it("of the user that select the right pods are used and stay", () => {
    const mine = destinationRule("web", {
      host: "web",
      subsets: [{ name: "web-v1", labels: { version: "v1" } }],
    });
    const world = namespace([], [mine]);
    world.write(prepare(world.route(), PAIR, OWNER));
    expect(world.kept.DestinationRule[0]?.spec.subsets?.[0]).toEqual({
      name: "web-v1",
      labels: { version: "v1" },
    });
    world.write(release(world.route(), PAIR, "candidate"));
    expect(world.kept.DestinationRule).toEqual([mine]);
  });

  it("of the user that select other pods are not redefined", () => {
    const mine = destinationRule("web", {
      host: "web",
      subsets: [{ name: "web-v2", labels: { app: "web" } }],
    });
    expect(prepare(namespace([], [mine]).route(), PAIR, OWNER)).toMatchObject({
      problem: expect.stringMatching(
        /DestinationRule web has a subset web-v2 whose labels do not select just/,
      ),
    });
  });

  it("that another route uses are not taken away", () => {
    const world = namespace();
    world.write(prepare(world.route(), PAIR, OWNER));
    const edge = virtualService("edge", {
      hosts: ["x"],
      gateways: ["gw"],
      tcp: [{ route: [to("web", "web-v2")] }],
    });
    world.write([{ verb: "create", kind: "VirtualService", object: edge }]);
    world.write(release(world.route(), PAIR, "candidate"));
    expect(world.kept.VirtualService).toEqual([edge]);
    expect(world.kept.DestinationRule[0]?.spec.subsets?.map(({ name }) => name)).toEqual(["web-v2"]);
  });

  it("cannot be told apart, when the baseline carries all labels of the candidate", () => {
    const candidate = { name: "web-v2", labels: { app: "web" } };
    expect(prepare(namespace().route(), { ...PAIR, candidate }, OWNER)).toMatchObject({
      problem: expect.stringMatching(/a label such as version must tell them apart/),
    });
  });
});

describe("a rule of the user", () => {
  const headers = { request: { set: { a: "b" } } };
  const web = virtualService("web", {
    hosts: ["web"],
    http: [{ route: [{ destination: { host: "web.shop", port: { number: 80 } }, headers }], timeout: "5s" }],
  });

  it("changes in its destinations alone, and keeps their spelling, port and headers", () => {
    const world = namespace([web], [], ROUTED);
    world.write(prepare(world.route(), PAIR, OWNER));
    const [prepared] = world.kept.VirtualService;
    const destination = { host: "web.shop", port: { number: 80 } };
    expect(prepared?.spec.http).toEqual([
      {
        route: [
          { destination: { ...destination, subset: "web-v1" }, headers, weight: 100 },
          { destination: { ...destination, subset: "web-v2" }, headers, weight: 0 },
        ],
        timeout: "5s",
      },
    ]);
    expect(prepared?.metadata).toEqual({
      ...web.metadata,
      annotations: { [ANNOTATION.before]: JSON.stringify(web.spec.http?.[0]?.route) },
    });
  });

  it("goes back to the subset it had, when the baseline won, and to the plain host, when the candidate did", () => {
    const old = virtualService("web", { hosts: ["web"], http: [{ route: [to("web", "v1")] }] });
    const rule = destinationRule("web", {
      host: "web",
      subsets: [{ name: "v1", labels: { version: "v1" } }],
    });
    const kept = namespace([old], [rule], ROUTED);
    run(kept, "baseline");
    expect(kept.kept).toEqual({ VirtualService: [old], DestinationRule: [rule] });
    run(kept, "candidate");
    expect(kept.kept.VirtualService[0]?.spec.http).toEqual([{ route: [to("web")] }]);
    expect(kept.kept.DestinationRule).toEqual([rule]);
  });

  it("goes to the plain host after a release that could not finish, whoever wins the next one", () => {
    const old = virtualService("web", { hosts: ["web"], http: [{ route: [to("web")] }] });
    const world = namespace([old], [], ROUTED);
    world.write(prepare(world.route(), PAIR, OWNER));
    world.write(settleOn(world.route(), PAIR, "candidate", OWNER));
    const next = {
      baseline: PAIR.candidate,
      candidate: { name: "web-v3", labels: { app: "web", version: "v3" } },
    };
    run(world, "baseline", next);
    expect(world.kept).toEqual({ VirtualService: [old], DestinationRule: [] });
  });

  it("stays as it is, when it was never prepared", () => {
    const old = virtualService("web", { hosts: ["web"], http: [{ route: [to("web", "v1")] }] });
    const rule = destinationRule("web", { host: "web", subsets: [{ name: "v1", labels: {} }] });
    expect(release(namespace([old], [rule], ROUTED).route(), PAIR, "candidate")).toEqual([]);
  });
});

describe("every stage", () => {
  it("writes nothing when there is nothing left to do", () => {
    const world = namespace();
    world.write(prepare(world.route(), PAIR, OWNER));
    expect(prepare(world.route(), PAIR, OWNER)).toEqual({ kind: "plan", writes: [] });
    world.write(settleOn(world.route(), PAIR, "candidate", OWNER));
    expect(settleOn(world.route(), PAIR, "candidate", OWNER)).toEqual({ kind: "plan", writes: [] });
    world.write(release(world.route(), PAIR, "candidate"));
    expect(release(world.route(), PAIR, "candidate")).toEqual([]);
  });

  it("mends what somebody took away", () => {
    const world = namespace();
    world.write(prepare(world.route(), PAIR, OWNER));
    world.kept.VirtualService.length = 0;
    world.write(routeTo(world.route(), PAIR, splitOf(40), OWNER));
    expect(candidateWeight(world.route(), PAIR)).toBe(40);
  });

  it("settles on a winner when the other version is gone for good", () => {
    const world = namespace();
    world.write(prepare(world.route(), PAIR, OWNER));
    const gone = { ...PAIR, baseline: { name: "web-v1", labels: {} } };
    world.write(settleOn(world.route(), gone, "candidate", OWNER));
    expect(candidateWeight(world.route(), gone)).toBe(100);
  });

  it("keeps all that is the user's, routes to no subset that is missing, and gives the user's objects back", () => {
    const json = fc.jsonValue({ maxDepth: 2 });
    const fields = fc.dictionary(fc.stringMatching(/^x-[a-z]{1,4}$/), json, { maxKeys: 3 });
    const before = fc.constantFrom([to("web")], [to("web", "v1")], [to(HOST, "v1", 100), to(HOST, "v2", 0)]);
    const stages = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 4 });
    fc.assert(
      fc.property(fields, fields, fields, before, stages, (rule, spec, meta, route, percents) => {
        const other = { ...rule, name: "other", route: [to("web", "v2")] };
        const base = virtualService("web", {
          ...spec,
          hosts: ["web"],
          http: [other, { ...rule, name: "main", route }],
        });
        const mine: VirtualService = { ...base, metadata: { ...base.metadata, ...meta } };
        const subsets = ["v1", "v2"].map((name) => ({ ...spec, name, labels: { version: name } }));
        const rules: DestinationRule = destinationRule("web", { ...spec, host: "web", subsets });
        const world = namespace([mine], [rules], { ...TARGET, routing: { name: "web", rule: "main" } });
        const foreign = () => {
          const [object] = world.kept.VirtualService;
          const { annotations: _ours, ...metadata } = object?.metadata ?? {};
          const { http, ...kept } = object?.spec ?? {};
          return [metadata, kept, http?.[0], { ...http?.[1], route: [] }];
        };
        const untouched = JSON.stringify(foreign());

        world.write(prepare(world.route(), PAIR, OWNER));
        expect(JSON.stringify(foreign())).toBe(untouched);
        for (const percent of percents) {
          weigh(world, percent);
          expect(JSON.stringify(foreign())).toBe(untouched);
          const sum = world
            .route()
            .virtualService?.spec.http?.[1]?.route?.reduce((all, one) => all + (one.weight ?? 0), 0);
          expect([100, 1000]).toContain(sum);
        }
        world.write(settleOn(world.route(), PAIR, "baseline", OWNER));
        world.write(release(world.route(), PAIR, "baseline"));
        expect(JSON.stringify(world.kept)).toBe(
          JSON.stringify({ VirtualService: [mine], DestinationRule: [rules] }),
        );

        run(world, "candidate");
        expect(JSON.stringify(foreign())).toBe(untouched);
        expect(
          world.kept.VirtualService[0]?.spec.http?.[1]?.route?.map(({ destination }) => destination.subset),
        ).toEqual([undefined]);
        expect(world.kept.DestinationRule).toEqual([rules]);
      }),
    );
  });
});

describe("objects of Iter8", () => {
  const labels = { "iter8-tools/host": "web", "iter8-tools/role": "stable" };
  const old = virtualService(
    "web.shop.iter8-experiment",
    { hosts: ["web"], http: [{ route: [to("web", "stable", 100)] }] },
    labels,
  );
  const rule = destinationRule(
    "web.shop.iter8-experiment",
    { host: "web", subsets: [{ name: "stable", labels: { app: "web", version: "v1" } }] },
    labels,
  );

  it("are used in place of new ones, and are back as they were after a rollback", () => {
    const world = namespace([old], [rule]);
    run(world, "baseline");
    expect(world.kept).toEqual({ VirtualService: [old], DestinationRule: [rule] });
  });

  it("carry Iter8's labels for a running experiment", () => {
    const world = namespace([old], [rule]);
    world.write(prepare(world.route(), PAIR, OWNER));
    const expected = {
      ...labels,
      "iter8-tools/role": "progressing",
      "iter8-tools/experiment": "web-v2.shop",
    };
    expect(world.route().virtualService?.metadata.labels).toEqual(expected);
    expect(world.route().destinationRule?.metadata.labels).toEqual(expected);
  });
});

describe("a first deployment", () => {
  it("needs no route, unless hosts are named", () => {
    expect(prepareFirst(namespace().route(), OWNER)).toEqual([]);
    const world = namespace([], [], { ...TARGET, hosts: [{ name: "shop.example.com", gateway: "gw" }] });
    world.write(prepareFirst(world.route(), OWNER));
    expect(world.kept.VirtualService[0]?.spec).toEqual({
      hosts: [HOST, "shop.example.com"],
      gateways: ["mesh", "gw"],
      http: [{ route: [to(HOST)] }],
    });
    expect(prepareFirst(world.route(), OWNER)).toEqual([]);
  });

  it("takes a route away from a version that is gone", () => {
    const world = namespace();
    world.write(prepare(world.route(), PAIR, OWNER));
    world.write(prepareFirst(world.route(), OWNER));
    expect(world.kept).toEqual({ VirtualService: [], DestinationRule: [] });
  });
});

describe("versions that are Services", () => {
  const target: RouteTarget = { ...TARGET, kind: "Service" };
  const host = (name: string) => `${name}.shop.svc.cluster.local`;

  it("need no DestinationRule, and the winner keeps the route", () => {
    const world = namespace([], [], target);
    world.write(prepare(world.route(), PAIR, OWNER));
    expect(world.kept.DestinationRule).toEqual([]);
    expect(world.kept.VirtualService[0]?.spec.http).toEqual([
      { route: [to(host("web-v1"), undefined, 100), to(host("web-v2"), undefined, 0)] },
    ]);
    weigh(world, 30);
    expect(candidateWeight(world.route(), PAIR)).toBe(30);
    world.write(settleOn(world.route(), PAIR, "candidate", OWNER));
    world.write(release(world.route(), PAIR, "candidate"));
    expect(world.kept.VirtualService[0]?.spec.http).toEqual([
      { route: [to(host("web-v2"), undefined, 100)] },
    ]);
  });

  it("give a rule of the user back as it was, when the baseline won", () => {
    const old = virtualService("web", { hosts: ["web"], http: [{ route: [to("web-v1")], timeout: "5s" }] });
    const world = namespace([old], [], { ...target, routing: { name: "web" } });
    run(world, "baseline");
    expect(world.kept.VirtualService).toEqual([old]);
  });
});
