import { describe, expect, it } from "vitest";
import { coveredHost, serviceHosts, withHosts } from "../../../../steps/lib/routes/hosts.ts";
import { HOST, TARGET, virtualService } from "./namespace.ts";

const OUTSIDE = { ...TARGET, hosts: [{ name: "shop.example.com", gateway: "gw" }] };

describe("the hosts of a Service", () => {
  it("have four spellings", () => {
    expect(serviceHosts("web", "shop")).toEqual(["web", "web.shop", "web.shop.svc", HOST]);
  });

  it.each<[readonly string[], readonly string[] | undefined, string | undefined]>([
    [["web"], undefined, HOST],
    [["web.shop.svc"], [], HOST],
    [[HOST], ["gw", "mesh"], HOST],
    [[HOST], ["gw"], undefined],
    [["*.shop.svc.cluster.local"], ["mesh"], HOST],
    [["api"], ["mesh"], undefined],
    [["web.prod"], ["mesh"], undefined],
    [["shop.example.com"], ["gw"], "shop.example.com"],
    [["shop.example.com"], ["shop/gw"], "shop.example.com"],
    [["shop.example.com"], ["infra/gw"], undefined],
    [["*"], ["gw"], undefined],
  ])("%j at %j covers %s", (hosts, gateways, expected) => {
    expect(coveredHost(virtualService("a", { hosts, ...(gateways && { gateways }) }), OUTSIDE)).toBe(
      expected,
    );
  });

  it("are added to a VirtualService once", () => {
    const first = withHosts(virtualService("a", {}), OUTSIDE);
    expect(first.spec).toEqual({ hosts: [HOST, "shop.example.com"], gateways: ["mesh", "gw"] });
    expect(withHosts(first, OUTSIDE)).toBe(first);
    const old = virtualService("a", { hosts: ["web"] });
    expect(withHosts(old, TARGET)).toBe(old);
  });
});
