import { describe, expect, test } from "vitest";
import { experimentsTable } from "../../../sandbox/demo/experiments-table.ts";
import { page } from "../../../sandbox/demo/page.ts";
import { pathThrough, ticks } from "../../../sandbox/demo/svg.ts";
import { releaseOf } from "../../../sandbox/demo/timeline.ts";
import { stepFindings } from "../../../sandbox/scenario/record.ts";
import type { Sighting } from "../../../sandbox/scenario/sightings.ts";
import { REVISION, START, sightingLog } from "../scenario/sighting-log.ts";

/** What an onlooker saw of a release that failed, as the page is told of it. */
function release() {
  return told(failedRelease());
}

function failedRelease() {
  return sightingLog()
    .service()
    .deployment("web-1")
    .status("pending")
    .experiment("web-1", "web-2")
    .route({ "web-1": 100, "web-2": 0 })
    .deployment("web-2")
    .route({ "web-1": 80, "web-2": 20 })
    .reply("web-1")
    .reply("web-2", { status: 500 })
    .act("kill wait-and-cleanup")
    .route({ "web-1": 100, "web-2": 0 })
    .experiment("web-1", "web-2", ["rolled-back", "CriteriaFailed"])
    .deleted("web-2")
    .status("failure", "too <many> errors").seen;
}

function told(seen: readonly Sighting[]) {
  // The run that the Experiment belongs to.
  const run = {
    apiVersion: "tekton.dev/v1",
    kind: "PipelineRun",
    metadata: { name: "web-1234", uid: "uid-run" },
  };
  const sightings = [
    { kind: "object", at: START, change: "ADDED", object: run, staged: false } as const,
    ...seen,
  ];
  const frame = {
    subject: { namespace: "shop", service: "web" },
    revision: REVISION,
    run: "web-1234",
    context: "canary/shop/web",
    from: START + 200,
    until: START + 1400,
    statusesUntil: Number.POSITIVE_INFINITY,
    settledUntil: Number.POSITIVE_INFINITY,
    deafMs: 0,
  };
  return releaseOf(sightings, frame, stepFindings(sightings, frame).record, "web <2>", "ms");
}

describe("the timeline of a release", () => {
  test("has each version's requests by second, and what happened in order", () => {
    const { versions, marks, weights } = release();
    expect(versions.map(({ version, role }) => `${role} ${version}`)).toEqual([
      "baseline web-1",
      "candidate web-2",
    ]);
    expect(versions[1]?.points).toEqual([{ at: 0.5, total: 1, errors: 1, p50: 20, p99: 20 }]);
    expect(marks.map(({ text }) => text)).toEqual([
      "commit status pending",
      "web-2 is available",
      "kill wait-and-cleanup",
      "outcome: rolled-back",
      "web-2 is removed",
      "commit status failure",
    ]);
    expect(weights.map(({ percent }) => percent)).toEqual([0, 20, 0]);
  });

  test("leaves out what the same push does to another service", () => {
    const seen = failedRelease();
    const other: Sighting = {
      kind: "status",
      at: START + 1300,
      revision: REVISION,
      state: "success",
      context: "canary/shop/api",
      description: "",
    };
    const api = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "api", namespace: "shop" } };
    const gone: Sighting = {
      kind: "object",
      at: START + 1300,
      change: "DELETED",
      object: api,
      staged: false,
    };
    expect(told([...seen, other, gone]).marks).toEqual(told(seen).marks);
  });
});

describe("the page", () => {
  const html = page({
    name: "shop",
    description: "A & B",
    releases: [release()],
    problems: ["a rule was broken"],
  });

  test("needs nothing from elsewhere", () => {
    expect(html).not.toMatch(/<(script|link|img|iframe)\b|@import|url\(|https?:/);
  });

  test("says the outcome on top, what broke, and names both versions", () => {
    expect(html.indexOf("because of it")).toBeLessThan(html.indexOf("<svg"));
    expect(html).toContain("a rule was broken");
    expect(html).toContain("web-1 (baseline)");
    expect(html).toContain("web-2 (candidate)");
  });

  test("draws no shares of traffic for a first deployment", () => {
    const first = release();
    const alone = { ...first, versions: first.versions.filter(({ role }) => role === "candidate") };
    const drawn = page({ name: "shop", description: "", releases: [alone], problems: [] });
    expect(html).toContain("share of the requests that the route gives");
    expect(drawn).not.toContain("share of the requests that the route gives");
    expect(drawn).toContain("Latency");
  });

  test("escapes what people wrote", () => {
    expect(html).toContain("web &lt;2&gt;");
    expect(html).toContain("A &amp; B");
  });
});

describe("drawing", () => {
  test.each([
    [7, 3, [0, 5, 10]],
    [100, 3, [0, 50, 100]],
    [0.4, 2, [0, 0.2, 0.4]],
    [24.3, 10, [0, 5, 10, 15, 20, 25]],
  ])("round numbers up to %d", (most, count, expected) => {
    expect(ticks(most, count).map((value) => Math.round(value * 1000) / 1000)).toEqual(expected);
  });

  test("a line begins anew after a gap", () => {
    expect(pathThrough([[0, 1], [2, 3.04], undefined, [4, 5]])).toBe("M0 1L2 3M4 5");
  });
});

test("experiments are printed as kubectl prints them", () => {
  const experiment = (name: string, percentage: number) => ({
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: { name },
    spec: { targetService: { baseline: "web-1", candidate: name } },
    status: {
      phase: "Progressing",
      message: "IterationUpdate: Iteration 1 Started",
      trafficSplitPercentage: { baseline: 100 - percentage, candidate: percentage },
    },
  });
  expect(experimentsTable([experiment("web-20", 0), experiment("web-2", 20)])).toEqual([
    "NAME     PHASE         STATUS                                 BASELINE   PERCENTAGE   CANDIDATE   PERCENTAGE",
    "web-2    Progressing   IterationUpdate: Iteration 1 Started   web-1      80           web-2       20",
    "web-20   Progressing   IterationUpdate: Iteration 1 Started   web-1      100          web-20      0",
  ]);
});
