import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepare } from "../../../../steps/lib/routes/plan.ts";
import { candidateWeight, splitOf, weightsOf } from "../../../../steps/lib/routes/weights.ts";
import { HOST, namespace, OWNER, PAIR, to, virtualService } from "./namespace.ts";

describe("a split", () => {
  it.each([
    [0, 100, 0],
    [20, 80, 20],
    [100, 0, 100],
    [33.3, 67, 33],
    [0.5, 995, 5],
    [0.29, 998, 2],
    [0.7, 993, 7],
    [0.01, 999, 1],
    [1, 99, 1],
    [120, 0, 100],
    [-1, 100, 0],
  ])("of %d %% is %d to %d", (percent, baseline, candidate) => {
    expect(splitOf(percent)).toEqual({ baseline, candidate });
  });

  it("sums to 100, or to 1000 below 1 %, and gives no more than was asked for, but for the least there is", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (percent) => {
        const { baseline, candidate } = splitOf(percent);
        const total = percent > 0 && percent < 1 ? 1000 : 100;
        expect(baseline + candidate).toBe(total);
        expect(Number.isInteger(candidate)).toBe(true);
        expect((100 * candidate) / total).toBeLessThanOrEqual(
          Math.max(percent + 1e-6, percent > 0 ? 0.1 : 0),
        );
        expect(candidate > 0).toBe(percent > 0);
      }),
    );
  });
});

describe("the weights of a route", () => {
  it("are read in percent, whatever their sum", () => {
    const read = (...route: Parameters<typeof to>[]) =>
      Object.fromEntries(
        weightsOf(virtualService("x", { http: [{ route: route.map((one) => to(...one)) }] }), 0),
      );
    expect(read([HOST, "a", 995], [HOST, "b", 5])).toEqual({ a: 99.5, b: 0.5 });
    expect(read(["web"])).toEqual({ web: 100 });
    expect(read(["web", "a", 0])).toEqual({ a: 100 });
  });

  it("are the candidate's share of what goes to the pair, also when one of it is alone", () => {
    const world = namespace();
    world.write(prepare(world.route(), PAIR, OWNER));
    const route = world.route();
    const routed = (...destinations: ReturnType<typeof to>[]) =>
      candidateWeight(
        { ...route, virtualService: virtualService("x", { http: [{ route: destinations }] }) },
        PAIR,
      );
    expect(routed(to(HOST, "web-v1", 80), to(HOST, "web-v2", 20))).toBe(20);
    expect(routed(to(HOST, "web-v2", 20), to(HOST, "web-v1", 80))).toBe(20);
    expect(routed(to(HOST, "web-v1"))).toBe(0);
    expect(routed(to(HOST, "web-v2", 100))).toBe(100);
  });

  it("are unknown when somebody rewrote the rule or took a subset away that gets requests", () => {
    const world = namespace();
    world.write(prepare(world.route(), PAIR, OWNER));
    const route = world.route();
    const rewritten = virtualService("x", {
      http: [{ route: [to(HOST, "web-v1", 50), to(HOST, "web-v3", 50)] }],
    });
    expect(candidateWeight({ ...route, virtualService: rewritten }, PAIR)).toBeUndefined();
    expect(candidateWeight({ ...route, destinationRule: undefined }, PAIR)).toBeUndefined();
  });
});
