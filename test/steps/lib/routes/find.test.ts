import { describe, expect, it } from "vitest";
import { LABEL } from "../../../../steps/lib/experiment/names.ts";
import type { DestinationRule, VirtualService } from "../../../../steps/lib/ports/kinds.ts";
import { findRoutes } from "../../../../steps/lib/routes/find.ts";
import type { RouteTarget } from "../../../../steps/lib/routes/route.ts";
import { destinationRule, HOST, TARGET, to, virtualService } from "./namespace.ts";

function find(
  all: readonly VirtualService[],
  rules: readonly DestinationRule[] = [],
  target: RouteTarget = TARGET,
) {
  const found = findRoutes(all, rules, target);
  if (found.kind === "refused") return found.problem;
  const { virtualService: one, destinationRule: rule, rule: index } = found.route;
  return {
    virtualService: one?.metadata.name,
    destinationRule: rule?.metadata.name,
    rule: index,
    notes: found.notes,
  };
}

const OURS = virtualService(
  `${HOST}.iter8-experiment`,
  { hosts: [HOST], http: [{ route: [to(HOST)] }] },
  { [LABEL.service]: "web" },
);
const USERS = virtualService("web", {
  hosts: ["web"],
  http: [
    { name: "beta", match: [{ headers: { beta: { exact: "1" } } }], route: [to("web", "v2")] },
    { name: "main", route: [to("web", "v1", 100)] },
  ],
});

describe("finding the route", () => {
  it("finds nothing, when nobody routes the Service", () => {
    const other = virtualService("api", { hosts: ["api"], http: [{ route: [to("api")] }] });
    expect(find([other])).toEqual({
      virtualService: undefined,
      destinationRule: undefined,
      rule: 0,
      notes: [],
    });
  });

  it("finds what an earlier release of ours made", () => {
    const rule = destinationRule("ours", { host: HOST }, { [LABEL.service]: "web" });
    expect(find([OURS], [rule])).toMatchObject({
      virtualService: OURS.metadata.name,
      destinationRule: "ours",
    });
  });

  it.each([
    [
      "v0.1",
      virtualService(
        "web.shop.iter8-experiment",
        { hosts: ["web"] },
        { "iter8-tools/host": "web", "iter8-tools/role": "stable" },
      ),
    ],
    [
      "v0.2",
      virtualService("x", { hosts: [HOST] }, { "iter8-tools/host": HOST, "iter8-tools/role": "stable" }),
    ],
  ])("finds what Iter8 %s made", (_version, object) => {
    expect(find([object])).toMatchObject({ virtualService: object.metadata.name });
  });

  it("refuses what a running Iter8 holds, naming its experiment", () => {
    const labels = {
      "iter8-tools/host": HOST,
      "iter8-tools/role": "progressing",
      "iter8-tools/experiment": "exp.shop",
    };
    expect(find([virtualService("x", { hosts: [HOST] }, labels)])).toMatch(
      /belongs to the Iter8 experiment exp\.shop/,
    );
  });

  it("refuses a route of the user that routing does not name, with the cure", () => {
    expect(find([USERS])).toBe(
      `VirtualService shop/web covers ${HOST} already: name the rule to split in the experiment ` +
        "(spec.routing: {kind: VirtualService, name: web, rule: NAME}) or remove it",
    );
  });

  it("refuses the host * inside the mesh", () => {
    expect(find([], [], { ...TARGET, hosts: [{ name: "*", gateway: "gw" }] })).toMatch(
      /names "\*", which cannot be routed/,
    );
  });

  it("says which other rules send to the Service", () => {
    const edge = virtualService("edge", {
      hosts: ["shop.example.com"],
      gateways: ["gw"],
      http: [{ route: [to("web.shop")] }],
    });
    expect(find([edge])).toMatchObject({
      notes: ["rule #0 of VirtualService edge also sends to web: its requests are not split"],
    });
  });

  it("takes the oldest DestinationRule of the host, and no wildcard or one for some workloads only", () => {
    const aged = (name: string, spec: DestinationRule["spec"], creationTimestamp: string) => {
      const made = destinationRule(name, spec);
      return { ...made, metadata: { ...made.metadata, creationTimestamp } };
    };
    const rules = [
      aged("wide", { host: "*.shop.svc.cluster.local", trafficPolicy: { tls: {} } }, "2020-01-01T00:00:00Z"),
      aged("some", { host: "web", workloadSelector: {} }, "2020-01-01T00:00:00Z"),
      aged("new", { host: "web" }, "2022-01-01T00:00:00Z"),
      aged("old", { host: HOST }, "2021-01-01T00:00:00Z"),
    ];
    expect(find([], rules)).toMatchObject({ destinationRule: "old" });
    expect(findRoutes([], rules, TARGET)).toMatchObject({ route: { trafficPolicy: { tls: {} } } });
  });
});

describe("routing", () => {
  const routing = (name: string, rule?: string | number): RouteTarget => ({
    ...TARGET,
    routing: { name, ...(rule !== undefined && { rule }) },
  });

  it.each([["main"], [1], ["1"]])("names the rule %j", (rule) => {
    expect(find([USERS], [], routing("web", rule))).toMatchObject({
      virtualService: "web",
      rule: 1,
      notes: ["rule beta of VirtualService web also sends to subset v2 of web: its requests are not split"],
    });
  });

  it("may leave the rule out, when only one sends to the Service", () => {
    const spec = { hosts: ["web"], http: [{ redirect: { uri: "/" } }, { route: [to("web")] }] };
    expect(find([virtualService("web", spec)], [], routing("web"))).toMatchObject({ rule: 1 });
  });

  it.each<[string, RouteTarget, RegExp]>([
    ["a VirtualService that is not there", routing("shop"), /which shop does not have \(it has: web\)/],
    ["a rule that is not there", routing("web", "x"), /has no single rule x \(http rules: beta, main\)/],
    [
      "no rule of several",
      routing("web"),
      /has several rules, routing must name one \(http rules: beta, main\)/,
    ],
  ])("is refused with %s", (_what, target, expected) => {
    expect(find([USERS], [], target)).toMatch(expected);
  });

  it("is refused for a rule that cannot be split", () => {
    const mixed = virtualService("web", {
      http: [{ name: "a", route: [to("web", undefined, 90), to("api", undefined, 10)] }],
    });
    expect(find([mixed], [], routing("web"))).toMatch(/rule a of VirtualService shop\/web also sends to api/);
    const redirect = virtualService("web", { http: [{ redirect: {} }] });
    expect(find([redirect], [], routing("web"))).toMatch(/rule #0 .* has no route to split/);
  });

  it("is refused beside a route that an earlier release of ours made for the same host", () => {
    expect(find([USERS, OURS], [], routing("web", "main"))).toMatch(
      /of an earlier release covers the same host as web/,
    );
  });
});
