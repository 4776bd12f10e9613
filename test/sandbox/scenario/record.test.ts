import { describe, expect, test } from "vitest";
import { unmet } from "../../../sandbox/scenario/expectations.ts";
import { stepFindings } from "../../../sandbox/scenario/record.ts";
import { REVISION, START, sightingLog } from "./sighting-log.ts";

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
