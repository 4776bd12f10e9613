import { describe, expect, test } from "vitest";
import { unmet } from "../../../sandbox/scenario/expectations.ts";
import { stepFindings } from "../../../sandbox/scenario/record.ts";
import { context, REVISION, START, sightingLog } from "./sighting-log.ts";

const subject = { namespace: "shop", service: "web" };
const run = {
  apiVersion: "tekton.dev/v1",
  kind: "PipelineRun",
  metadata: { name: "web-1234", namespace: "tekton-canary", uid: "uid-run" },
  status: { skippedTasks: [{ name: "generate-load" }] },
};
const task = {
  apiVersion: "tekton.dev/v1",
  kind: "TaskRun",
  metadata: {
    name: "web-1234-create",
    namespace: "tekton-canary",
    labels: { "tekton.dev/pipelineRun": "web-1234", "tekton.dev/pipelineTask": "create-experiment" },
  },
  status: { conditions: [{ type: "Succeeded", status: "True", reason: "Succeeded" }] },
};

/** web-2 is tried at 20 % and taken away. */
function rollback() {
  return sightingLog()
    .service()
    .deployment("web-1")
    .object("ADDED", run)
    .object("ADDED", task)
    .status("pending", "a canary release has started")
    .experiment("web-1", "web-2")
    .route({ "web-1": 100, "web-2": 0 })
    .deployment("web-2")
    .route({ "web-1": 80, "web-2": 20 })
    .reply("web-1")
    .reply("web-2", { status: 500 })
    .reply(undefined, { status: 503, from: "mesh" })
    .route({ "web-1": 100, "web-2": 0 })
    .experiment("web-1", "web-2", ["rolled-back", "CriteriaFailed"])
    .deleted("web-2")
    .route({})
    .status("failure", "too many errors");
}

function findings() {
  const { seen } = rollback();
  return stepFindings(seen, {
    subject,
    revision: REVISION,
    run: "web-1234",
    from: START + 200,
    until: START + 1600,
    statusesUntil: Number.POSITIVE_INFINITY,
    settledUntil: Number.POSITIVE_INFINITY,
    deafMs: context.deafMs,
  });
}

describe("the record of a step", () => {
  test("holds outcome, tasks, statuses, weights and requests with times from the step's start", () => {
    expect(findings().record).toEqual({
      revision: REVISION,
      run: "web-1234",
      outcome: "rolled-back",
      reason: "CriteriaFailed",
      message: "because of it",
      seconds: 1.4,
      tasks: { "create-experiment": "Succeeded", "generate-load": "Skipped" },
      statuses: [
        {
          at: 0.2,
          state: "pending",
          context: "canary/shop/web",
          description: "a canary release has started",
        },
        { at: 1.4, state: "failure", context: "canary/shop/web", description: "too many errors" },
      ],
      weights: [
        { at: 0, split: { "web-1": 100 } },
        { at: 0.4, split: { "web-1": 100, "web-2": 0 } },
        { at: 0.6, split: { "web-1": 80, "web-2": 20 } },
        { at: 1, split: { "web-1": 100, "web-2": 0 } },
        { at: 1.3, split: { "web-1": 100 } },
      ],
      requests: {
        "(none)": { total: 1, errors: 1 },
        "web-1": { total: 1, errors: 0, p50: 20, p99: 20 },
        "web-2": { total: 1, errors: 1, p50: 20, p99: 20 },
      },
    });
  });

  test("knows who serves and what is left", () => {
    expect(findings()).toMatchObject({ candidate: "web-2", serving: "web-1", toldAfter: 1.4 });
    expect(findings().objects).toEqual([
      "Deployment/web-1",
      "Service/web",
      "VirtualService/web",
      "Experiment/web-2",
    ]);
  });
});

describe("traffic has settled", () => {
  /** web-2 gets everything while nobody tells the mesh; its users still meet web-1 for so long after the return. */
  function promotion(part: "mesh" | "api", strayMs: number) {
    const log = sightingLog()
      .service()
      .deployment("web-1")
      .deployment("web-2")
      .route({ "web-1": 20, "web-2": 80 })
      .act(`outage of ${part} for 60s`)
      .route({ "web-1": 0, "web-2": 100 })
      .later(60_000)
      .act(`return of ${part}`);
    const returned = log.seen.at(-1)?.at ?? 0;
    log
      .later(strayMs - 100)
      .reply("web-1")
      .reply("web-2")
      .reply(undefined, { status: 503, from: "mesh" });
    const frame = { subject, revision: REVISION, run: "", from: START, deafMs: context.deafMs };
    // The step's run is over at the return; users are watched for longer.
    const times = { until: returned, statusesUntil: returned, settledUntil: Number.POSITIVE_INFINITY };
    return stepFindings(log.seen, { ...frame, ...times });
  }

  test("when users meet one version, not when the route says so", () => {
    expect(promotion("mesh", 3000).settledAfter).toBe(3);
    expect(unmet({ "settled-within": 2000 }, promotion("mesh", 3000))).toEqual([
      "all traffic on one version should come within 2s, it came after 3 s",
    ]);
  });

  test("counted from the moment when the mesh hears of the API again", () => {
    expect(promotion("api", 4000).settledAfter).toBe(0);
    expect(promotion("api", 8000).settledAfter).toBe(3);
  });

  test("when the route names one version, if that is later", () => {
    const log = sightingLog().service().deployment("web-1").route({ "web-1": 80, "web-2": 20 });
    log.act("kill wait-and-cleanup").reply("web-2").later(1800).route({ "web-1": 100, "web-2": 0 });
    const until = START + 10_000;
    const times = { from: START, until, statusesUntil: until, settledUntil: until, deafMs: 0 };
    const found = stepFindings(log.seen, { subject, revision: REVISION, run: "", ...times });
    expect(found.settledAfter).toBe(2);
  });
});

describe("expectations", () => {
  test("that come true leave nothing to say", () => {
    const expectation = {
      outcome: "rolled-back",
      reason: "CriteriaFailed",
      status: "failure",
      weights: [0, 20, 0],
      serving: "web-1",
      gone: ["Deployment/web-2"],
      present: ["Deployment/web-1"],
      "errors-at-most": 2,
      "candidate-requests": { "at-least": 1, "at-most": 1 },
      message: "because",
      within: 1400,
    } as const;
    expect(
      unmet(
        { ...expectation, weights: [...expectation.weights], gone: [...expectation.gone], present: [] },
        findings(),
      ),
    ).toEqual([]);
  });

  test("that do not come true say what was wanted and what was", () => {
    expect(
      unmet(
        {
          outcome: "promoted",
          status: "success",
          weights: [0, 20, 100],
          serving: "web-2",
          gone: ["Deployment/web-1"],
          present: ["Deployment/web-2"],
          "errors-at-most": 0,
          "candidate-requests": { "at-most": 0 },
          message: "fast",
          within: 1000,
        },
        findings(),
      ),
    ).toEqual([
      "outcome should be promoted, is rolled-back: because of it",
      "terminal commit status should be success, is failure: too many errors",
      "the Deployment with all traffic should be web-2, is web-1",
      'the outcome\'s sentence should contain "fast", is "because of it"',
      "the candidate's weights should be 0, 20, 100, were 0, 20, 0",
      "Deployment/web-1 should be gone, is still there",
      "Deployment/web-2 should be there, is gone",
      "at most 0 requests should fail, 2 did ((none): 1 of 1, web-2: 1 of 1)",
      "the candidate should get at most 0 requests, got 1",
      "a terminal commit status should come within 1s, it came after 1.4 s",
    ]);
  });
});
