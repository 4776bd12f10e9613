import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseDestination } from "../../../sandbox/mesh/choose-destination.ts";
import type { RouteRule } from "../../../sandbox/mesh/istio-objects.ts";

const to = (host: string, weight?: number): RouteRule["route"][number] => ({
  destination: { host },
  ...(weight === undefined ? {} : { weight }),
});
const get = (path: string, headers: Readonly<Record<string, string>> = {}) => ({ path, headers });
const always = (number: number) => () => number;

describe("a request goes", () => {
  const rules: readonly RouteRule[] = [
    { match: [{ uri: { exact: "/demo" } }], rewrite: { uri: "/" }, route: [to("front")] },
    { match: [{ uri: { prefix: "/api/" }, headers: { "X-User": { exact: "jason" } } }], route: [to("beta")] },
    {
      match: [{ uri: { prefix: "/api" } }, { uri: { exact: "/login" } }],
      rewrite: { uri: "/v1" },
      route: [to("api")],
    },
    { match: [{ headers: { cookie: { exact: "a=1" } } }], rewrite: { uri: "/app/" }, route: [to("app")] },
  ];

  it.each([
    ["by its exact path, which is rewritten", get("/demo"), "front", "/"],
    ["by its path without the query, which stays", get("/demo?x=1"), "front", "/?x=1"],
    ["by prefix and header together", get("/api/a", { "x-user": "jason" }), "beta", "/api/a"],
    [
      "to the next rule that matches when a header differs",
      get("/api/a", { "x-user": "eve" }),
      "api",
      "/v1/a",
    ],
    ["by any one of a rule's conditions", get("/login"), "api", "/v1"],
    ["by a prefix that ends inside a word", get("/apis"), "api", "/v1s"],
    ["by a header alone, the leading slash rewritten", get("/x", { cookie: "a=1" }), "app", "/app/x"],
  ])("%s", (_, request, host, path) => {
    expect(chooseDestination(rules, request, always(0))).toMatchObject({ destination: { host }, path });
  });

  it("nowhere when no rule matches", () => {
    expect(chooseDestination(rules, get("/other"), always(0))).toBeUndefined();
  });

  it("by relative weight", () => {
    const rule = [{ route: [to("a", 1), to("b", 0), to("c", 3)] }];
    const host = (number: number) => chooseDestination(rule, get("/"), always(number))?.destination?.host;
    expect([0, 0.249, 0.25, 0.999].map(host)).toEqual(["a", "a", "c", "c"]);
  });

  it("to a sole destination, whatever its weight", () => {
    expect(chooseDestination([{ route: [to("a", 0)] }], get("/"), always(0.5))?.destination?.host).toBe("a");
  });

  it("nowhere when all of several weights are zero", () => {
    const choice = chooseDestination([{ route: [to("a", 0), to("b")] }], get("/"), always(0));
    expect(choice).toMatchObject({ destination: undefined });
  });

  it("never to a destination of weight zero, and to each other one in its share", () => {
    const weights = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (each, number) => {
        const total = each.reduce((sum, weight) => sum + weight, 0);
        fc.pre(total > 0);
        const rule = { route: each.map((weight, index) => to(String(index), weight)) };
        const chosen = Number(chooseDestination([rule], get("/"), always(number))?.destination?.host);
        const before = each.slice(0, chosen).reduce((sum, weight) => sum + weight, 0);
        expect(each[chosen]).toBeGreaterThan(0);
        expect(number * total).toBeGreaterThanOrEqual(before - 1e-9);
        expect(number * total).toBeLessThan(before + (each[chosen] ?? 0) + 1e-9);
      }),
    );
  });
});
