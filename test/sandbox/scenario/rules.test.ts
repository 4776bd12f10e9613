import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { violations } from "../../../sandbox/scenario/rules.ts";
import { splitOf } from "../../../sandbox/scenario/split.ts";
import { createView } from "../../../sandbox/scenario/view.ts";
import type { VirtualService } from "../../../steps/lib/ports/kinds.ts";
import { context, route, sightingLog } from "./sighting-log.ts";

/** A world with one version that serves. */
function shop() {
  return sightingLog().service().deployment("web-1", 2, { staged: true });
}

/** A release of web-2 that has just begun. */
function releasing() {
  return shop()
    .status("pending")
    .experiment("web-1", "web-2")
    .route({ "web-1": 100, "web-2": 0 })
    .deployment("web-2");
}

function breaches(log: { readonly seen: Parameters<typeof violations>[0] }, more = {}): readonly string[] {
  return violations(log.seen, { ...context, ...more });
}

describe("a release without fault", () => {
  test("a promotion breaks no rule", () => {
    const log = releasing()
      .reply("web-1")
      .route({ "web-1": 80, "web-2": 20 })
      .reply("web-2")
      .experiment("web-1", "web-2", ["promoted", "CriteriaMet"])
      .route({ "web-1": 0, "web-2": 100 })
      .later(1000)
      .deleted("web-1")
      .route({})
      .reply("web-2")
      .status("success");
    expect(breaches(log)).toEqual([]);
  });

  test("a rollback breaks no rule", () => {
    const log = releasing()
      .route({ "web-1": 80, "web-2": 20 })
      .experiment("web-1", "web-2", ["rolled-back", "CriteriaFailed"])
      .route({ "web-1": 100, "web-2": 0 })
      .deleted("web-2")
      .status("failure");
    expect(breaches(log)).toEqual([]);
  });
});

describe("routes", () => {
  test("weights sum to 100 or 1000", () => {
    const log = releasing().route({ "web-1": 995, "web-2": 5 }).route({ "web-1": 80, "web-2": 30 });
    expect(breaches(log)[0]).toBe(
      "at 0.7 s: VirtualService shop/web has weights that sum to 110, not to 100 or 1000",
    );
  });

  test("a version without a ready pod gets no more weight, but may keep what it has", () => {
    const log = releasing().route({ "web-1": 80, "web-2": 20 }).deployment("web-2", 0).later(500);
    expect(breaches(log.route({ "web-1": 80, "web-2": 20 })).join()).not.toContain("ready pod");
    expect(breaches(log.route({ "web-1": 60, "web-2": 40 })).join()).toContain(
      "Deployment shop/web-2 got weight 40 without a ready pod",
    );
  });

  test("a pod that dies while its weight is written is nobody's mistake", () => {
    const log = releasing().route({ "web-1": 80, "web-2": 20 }).deployment("web-2", 0);
    expect(breaches(log.route({ "web-1": 60, "web-2": 40 })).join()).not.toContain("ready pod");
  });

  test("the candidate stays below the maximum until it is promoted", () => {
    expect(breaches(releasing().route({ "web-1": 10, "web-2": 90 })).join()).toContain(
      "got 90 % of the traffic, at most 80 %",
    );
    const all = releasing()
      .route({ "web-1": 0, "web-2": 100 })
      .experiment("web-1", "web-2", ["rolled-back", "Inconclusive"]);
    expect(breaches(all).join()).toContain("got 100 % of the traffic");
  });

  test("what the scenario itself writes is no breach", () => {
    expect(breaches(shop().route({ "web-1": 1, "web-2": 98, "web-3": 2 }, true))).toEqual([]);
  });

  test("of a route that the users made only the destinations of the managed rule change", () => {
    const own = route({ "web-1": 100 }) as VirtualService;
    const rules = (timeout: string, ...weights: readonly [string, number][]) => ({
      ...own,
      spec: {
        ...own.spec,
        http: [
          { match: [{ uri: { prefix: "/old" } }], route: [{ destination: { host: "archive" } }] },
          {
            timeout,
            route: weights.map(([subset, weight]) => ({ destination: { host: "web", subset }, weight })),
          },
        ],
      },
    });
    const log = shop()
      .object("ADDED", rules("5s", ["web-1", 100]), true)
      .deployment("web-2");
    expect(breaches(log.object("MODIFIED", rules("5s", ["web-1", 80], ["web-2", 20])))).toEqual([]);
    expect(breaches(log.object("MODIFIED", rules("9s", ["web-1", 80], ["web-2", 20]))).join()).toContain(
      "VirtualService shop/web was changed in more than the destinations of the managed rule",
    );
    expect(breaches(log.object("DELETED", own)).join()).toContain("which its users made, was deleted");
  });

  test("there are never two candidates in a rule", () => {
    const log = releasing().deployment("web-3").route({ "web-1": 80, "web-2": 10, "web-3": 10 });
    expect(breaches(log).join()).toContain("routes to 3 versions in one rule");
  });
});

describe("Deployments", () => {
  test("one that has traffic is not deleted", () => {
    const log = releasing().route({ "web-1": 80, "web-2": 20 }).deleted("web-2");
    expect(breaches(log).join()).toContain(
      "Deployment shop/web-2 was deleted while it had 20 % of the traffic",
    );
  });

  test("one that belongs to no release is not deleted", () => {
    const log = shop().deployment("other").route({ "web-1": 100 }).deleted("other");
    expect(breaches(log).join()).toContain(
      "Deployment shop/other was deleted although no release found or made it",
    );
  });
});

describe("users", () => {
  test("a candidate answers nobody before the route names it", () => {
    const log = shop().experiment("web-1", "web-2").deployment("web-2").later(1000).reply("web-2");
    expect(breaches(log).join()).toContain(
      "web-2 answered a request of a user although the route gave it nothing",
    );
  });

  test("a request that was under way when the route changed is fine", () => {
    const log = releasing()
      .route({ "web-1": 80, "web-2": 20 })
      .route({ "web-1": 100, "web-2": 0 })
      .reply("web-2");
    expect(breaches(log.status("failure"))).toEqual([]);
  });

  test("while nobody tells the mesh, a version answers that the route gives nothing any more", () => {
    const log = releasing()
      .route({ "web-1": 80, "web-2": 20 })
      .act("outage of mesh for 10s")
      .route({ "web-1": 100, "web-2": 0 })
      .later(10_000)
      .reply("web-2")
      .act("return of mesh")
      .reply("web-2")
      .status("failure");
    expect(breaches(log)).toEqual([]);
    expect(breaches(log.later(1000).reply("web-2")).join()).toContain("web-2 answered a request of a user");
  });

  test("after an outage of the API the mesh goes by older routes until it hears again, and no longer", () => {
    const log = releasing()
      .route({ "web-1": 80, "web-2": 20 })
      .act("outage of api for 10s")
      .later(10_000)
      .act("return of api")
      .route({ "web-1": 100, "web-2": 0 })
      .later(4500)
      .reply("web-2")
      .status("failure");
    expect(breaches(log)).toEqual([]);
    expect(breaches(log.later(2000).reply("web-2")).join()).toContain("web-2 answered a request of a user");
    expect(breaches(log, { deafMs: 70_000 })).toEqual([]);
  });

  test("failures of the mesh are counted once with the time they took", () => {
    const down = { status: 503, from: "mesh" } as const;
    const log = shop().later(20_000).reply(undefined, down).reply(undefined, down).reply("web-1");
    expect(breaches(log)).toEqual([
      "at 20.2 s: 2 requests of users of web failed with 503 within 0.1 s, and no faulty version caused it",
    ]);
  });

  test("before a first deployment nobody can answer", () => {
    const log = sightingLog().service().later(20_000).reply(undefined, { status: 503, from: "mesh" });
    expect(breaches(log)).toEqual([]);
  });

  test("failures just after the scenario took a Deployment away are its own doing", () => {
    expect(breaches(shop().reply(undefined, { status: 503, from: "mesh" }))).toEqual([]);
  });

  test("failures while a version has traffic whose image is meant to crash are the version's", () => {
    const images = { "example/web:2": { crash: true } };
    const log = releasing().deployment("web-2", 1, { image: "example/web:2" }).later(20_000);
    const down = { status: 503, from: "mesh" } as const;
    expect(breaches(log.reply(undefined, down), { images }).join()).toContain("1 requests of users");
    const tried = releasing().deployment("web-2", 1, { image: "example/web:2" }).later(20_000);
    tried.route({ "web-1": 80, "web-2": 20 }).reply(undefined, down);
    expect(breaches(tried, { images }).join()).not.toContain("requests of users");
  });
});

describe("what is told", () => {
  test("a commit gets one terminal status for each pending one", () => {
    const log = shop().status("pending").status("success").status("pending").status("failure");
    expect(breaches(log)).toEqual([]);
    expect(breaches(log.status("error")).join()).toContain(
      "got a second terminal status (failure, then error)",
    );
  });

  test("a commit that was never told the end is a breach, unless nobody could tell it", () => {
    expect(breaches(shop().status("pending")).join()).toContain("was never told how canary/shop/web ended");
    expect(breaches(shop().status("pending").act("github down"))).toEqual([]);
    expect(breaches(shop().status("pending").act("cancel hard"))).toEqual([]);
  });

  test("a terminal status comes only when one version has all traffic", () => {
    const log = releasing()
      .route({ "web-1": 80, "web-2": 20 })
      .experiment("web-1", "web-2", ["rolled-back", "CriteriaFailed"])
      .status("failure");
    expect(breaches(log).join()).toContain(
      "was told failure while the traffic of web went to web-1 80 %, web-2 20 %",
    );
  });

  test("while another release of the service is under way its split is no breach", () => {
    const log = releasing().route({ "web-1": 80, "web-2": 20 }).status("success", "not deployed: superseded");
    expect(breaches(log)).toEqual([]);
  });

  test("an outcome has a reason and a sentence", () => {
    expect(breaches(shop().experiment("web-1", "web-2", ["promoted", ""])).join()).toContain("has no reason");
  });

  test("a secret appears nowhere, not even in base64", () => {
    const log = shop()
      .output(`token ${btoa("s3cr3t-of-github")}`)
      .status("error", "s3cr3t-of-github");
    expect(breaches(log)).toEqual([
      "at 0.2 s: the value of Secret github-token appeared in the output of run/task/step",
      expect.stringContaining("appeared in a status of commit aaaaaaa"),
    ]);
  });

  test("kinds that no release may touch are named", () => {
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "x", namespace: "shop" },
    };
    expect(breaches(shop().object("ADDED", role))).toEqual([
      "at 0.2 s: Role shop/x was written (ADDED), which no release may touch",
    ]);
  });

  test("two experiments of one service are never under way together", () => {
    const log = shop().experiment("web-1", "web-2");
    const other = log.seen.at(-1);
    if (other?.kind !== "object") throw new Error("no experiment");
    const second = { ...other.object, metadata: { ...other.object.metadata, name: "web-3", uid: "uid-3" } };
    expect(breaches(log.object("ADDED", second)).join()).toContain(
      "service web has 2 active experiments: web-2, web-3",
    );
  });
});

describe("whatever the weights", () => {
  const weights = fc.integer({ min: 0, max: 1000 });

  test("a split sums to 100 and names every version of the rule", () => {
    fc.assert(
      fc.property(weights, fc.constantFrom(100, 1000), (weight, sum) => {
        const candidate = Math.min(weight, sum);
        const view = createView();
        for (const one of releasing().route({ "web-1": sum - candidate, "web-2": candidate }).seen) {
          if (one.kind === "object") view.see(one);
        }
        const split = splitOf(view, { namespace: "shop", service: "web" });
        expect(Object.keys(split)).toEqual(["web-1", "web-2"]);
        expect((split["web-1"] ?? 0) + (split["web-2"] ?? 0)).toBeCloseTo(100, 1);
      }),
    );
  });

  test("a release below its maximum that ends whole breaks no rule, one above it always does", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 8 }), (steps) => {
        const log = releasing();
        for (const percent of steps) log.route({ "web-1": 100 - percent, "web-2": percent });
        log
          .route({ "web-1": 100, "web-2": 0 })
          .experiment("web-1", "web-2", ["rolled-back", "CriteriaFailed"]);
        const found = breaches(log.deleted("web-2").status("failure"));
        expect(found.length).toBe(steps.filter((percent) => percent > 80).length);
      }),
    );
  });
});
