import { describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../../steps/lib/experiment/names.ts";
import type { Deployment } from "../../../../steps/lib/ports/kinds.ts";
import { liveService, liveVersion } from "../../../../steps/lib/routes/live.ts";
import {
  deployment,
  destinationRule,
  HOST,
  namespace,
  REVISION,
  SERVICE,
  TARGET,
  to,
  V1,
  V2,
  virtualService,
} from "./namespace.ts";

const STABLE = { "iter8-tools/host": HOST, "iter8-tools/role": "stable" };

function live(world: ReturnType<typeof namespace>, deployments: readonly Deployment[]) {
  const found = liveVersion(world.route(), SERVICE, deployments, REVISION);
  return found.kind === "live" ? `${found.deployment.metadata.name} by ${found.from}` : found;
}

function routed(route: Parameters<typeof to>[], subsets: Readonly<Record<string, Record<string, string>>>) {
  return namespace(
    [virtualService("x", { hosts: [HOST], http: [{ route: route.map((one) => to(...one)) }] }, STABLE)],
    [
      destinationRule("x", {
        host: HOST,
        subsets: Object.entries(subsets).map(([name, labels]) => ({ name, labels })),
      }),
    ],
  );
}

describe("the live version", () => {
  it.each(["stable", "baseline", "candidate", "web-v1"])(
    "is behind the subset %s that has all the traffic",
    (subset) => {
      const world = routed(
        [
          [HOST, subset, 100],
          [HOST, "other", 0],
        ],
        { [subset]: { app: "web", version: "v1" }, other: { version: "v2" } },
      );
      expect(live(world, [V2, V1])).toBe("web-v1 by route");
    },
  );

  it("is behind the route's subset even if it is not available", () => {
    const world = routed([[HOST, "stable"]], { stable: { version: "v1" } });
    expect(live(world, [deployment("web-v1", { app: "web", version: "v1" }, 0), V2])).toBe("web-v1 by route");
  });

  it("is the Deployment of the subset's name, when its labels fit several", () => {
    const web = deployment("web", { app: "web" });
    const world = routed([[HOST, "web"]], { web: { app: "web", "pod-template-hash": "77" } });
    expect(live(world, [V1, web, V2])).toBe("web by route");
  });

  it("is the Deployment of the subset's name, when somebody took the subset away", () => {
    expect(live(routed([[HOST, "web-v1", 100]], {}), [V1, V2])).toBe("web-v1 by route");
  });

  it("is refused, when the subset fits several and none has its name", () => {
    const world = routed([[HOST, "stable"]], { stable: { app: "web" } });
    expect(live(world, [V1, V2])).toMatchObject({
      problem: expect.stringMatching(/subset stable .* fits web-v1, web-v2/),
    });
  });

  it("is refused, when versions share the traffic", () => {
    const world = routed(
      [
        [HOST, "a", 60],
        [HOST, "b", 40],
      ],
      { a: { version: "v1" }, b: { version: "v2" } },
    );
    expect(live(world, [V1, V2])).toMatchObject({
      problem: expect.stringMatching(/share the traffic \(a 60 %, b 40 %\)/),
    });
  });

  it.each([
    ["no route", namespace()],
    ["a route to the plain host", routed([[HOST]], {})],
    ["a route to a subset that nobody defines", routed([[HOST, "gone"]], {})],
    ["a route to a version that is gone", routed([[HOST, "stable"]], { stable: { version: "v0" } })],
  ])("with %s is the only available Deployment of the Service", (_what, world) => {
    const api = deployment("api", { app: "api" });
    expect(live(world, [api, V1, deployment("web-v0", { app: "web" }, 0)])).toBe("web-v1 by service");
  });

  it("is not what an earlier run of this commit made, nor what was left over", () => {
    const mine = deployment("web-abc1234", { app: "web" }, 1, { [ANNOTATION.revision]: REVISION });
    const left = deployment("web-0", { app: "web" }, 1, { [ANNOTATION.leftOver]: "still called" });
    expect(live(namespace(), [mine, V1, left])).toBe("web-v1 by service");
    expect(live(namespace(), [mine])).toBe("web-abc1234 by service");
  });

  it("is none, when no Deployment is available", () => {
    expect(live(namespace(), [])).toEqual({ kind: "none", unavailable: [] });
    expect(live(namespace(), [deployment("web", { app: "web" }, 0)])).toEqual({
      kind: "none",
      unavailable: ["web"],
    });
  });

  it("is refused, naming what was found, when the Service selects several", () => {
    expect(live(namespace(), [V1, V2])).toMatchObject({
      kind: "refused",
      problem: expect.stringMatching(/^Service web selects 2 available Deployments \(web-v1, web-v2\)/),
    });
  });

  it("is a Service, when versions are Services", () => {
    const target = { ...TARGET, kind: "Service" } as const;
    const route = [to("web-v1.shop.svc.cluster.local", undefined, 100), to("web-v2", undefined, 0)];
    const world = namespace([virtualService("x", { hosts: [HOST], http: [{ route }] }, STABLE)], [], target);
    expect(liveService(world.route())).toBe("web-v1");
    expect(liveService(namespace([], [], target).route())).toBeUndefined();
  });
});
