import { describe, expect, it } from "vitest";
import type { Deployment } from "../../../../steps/lib/ports/kinds.ts";
import { mend } from "../../../../steps/lib/routes/mend.ts";
import { routeTo } from "../../../../steps/lib/routes/plan.ts";
import { currentDestinations } from "../../../../steps/lib/routes/rules.ts";
import {
  deployment,
  destinationRule,
  HOST,
  namespace,
  OWNER,
  PAIR,
  SERVICE,
  to,
  V1,
  V2,
  virtualService,
} from "./namespace.ts";

const V3 = deployment("web-v3", { app: "web", version: "v3" });

/** A route of ours that gives the candidate, web-v2, so much. */
function shifted(candidate: number) {
  const world = namespace();
  world.write(routeTo(world.route(), PAIR, { baseline: 100 - candidate, candidate }, OWNER));
  return world;
}

/** What is done about it when only `there` is left, as `[subset, weight]`; an empty list is the plain host. */
function mended(world: ReturnType<typeof namespace>, there: readonly Deployment[]) {
  const found = mend(world.route(), SERVICE, there);
  if (found === undefined) return undefined;
  world.write(found.writes);
  const { dead, heir } = found;
  const route = currentDestinations(world.route()).map((one) => [one.destination.subset, one.weight]);
  return { dead, heir, route };
}

describe("a version that has weight and no Deployment", () => {
  it.each([40, 100])(
    "with %i %% of it gives all to the only one that is left, by the plain host",
    (weight) => {
      const world = shifted(weight);

      expect(mended(world, [V1])).toEqual({ dead: ["web-v2"], heir: "web-v1", route: [] });
      expect(world.kept).toEqual({ VirtualService: [], DestinationRule: [] });
    },
  );

  it("gives all to the other one of the route, by name, when the Service selects more", () => {
    expect(mended(shifted(40), [V1, V3])).toEqual({
      dead: ["web-v2"],
      heir: "web-v1",
      route: [["web-v1", 100]],
    });
  });
});

describe("left as it is", () => {
  it.each<[string, number, readonly Deployment[]]>([
    ["a route whose versions are there", 40, [V1, V2]],
    ["a version that is gone and gets nothing", 0, [V1]],
    [
      "a route to nobody, when nothing is available",
      100,
      [deployment("web-v1", { app: "web", version: "v1" }, 0)],
    ],
    ["a route to nobody, when several could take over", 100, [V1, V3]],
    [
      "a share for nobody, when the other version is not available",
      40,
      [deployment("web-v1", { app: "web", version: "v1" }, 0), V3],
    ],
  ])("is %s", (_what, weight, there) => {
    expect(mended(shifted(weight), there)).toBeUndefined();
  });

  it("is a subset of the user's own, whatever it selects", () => {
    const world = namespace(
      [
        virtualService(
          "x",
          { hosts: [HOST], http: [{ route: [to(HOST, "stateful")] }] },
          { "iter8-tools/host": HOST },
        ),
      ],
      [destinationRule("x", { host: HOST, subsets: [{ name: "stateful", labels: { role: "primary" } }] })],
    );

    expect(mended(world, [V1])).toBeUndefined();
  });

  it("is what has no route", () => {
    expect(mended(namespace(), [V1])).toBeUndefined();
  });
});
