/** The status as Iter8's scripts and dashboards know it. */
import { describe, expect, test } from "vitest";
import type { ExperimentStatus } from "../../../../steps/lib/experiment/schema.ts";
import {
  CONDITIONS,
  type ConditionType,
  FINAL_TEXT,
  grafanaUrl,
  initialStatus,
  mark,
  nanoseconds,
  REASON,
  timestamp,
  withMessage,
} from "../../../../steps/lib/experiment/status.ts";

const NOW = Date.UTC(2030, 0, 1, 12, 0, 0, 999);
const LATER = NOW + 60_000;

const condition = (status: ExperimentStatus, type: ConditionType) =>
  (status.conditions ?? []).find((one) => one.type === type);
const allTrueBut = (left: ConditionType) =>
  CONDITIONS.filter((type) => type !== "Ready" && type !== left).reduce(
    (status, type) => mark(status, type, "True", "", "", NOW),
    initialStatus(NOW),
  );

test("a new experiment waits for its candidate, with all traffic on the baseline and nothing known", () => {
  const status = initialStatus(NOW);

  expect(status).toMatchObject({
    phase: "Pause",
    message: "TargetsNotFound: Missing Candidate",
    trafficSplitPercentage: { baseline: 100, candidate: 0 },
    createTimestamp: 1_893_499_200_999_000_000,
    lastIncrementTime: "1970-01-01T00:00:00Z",
  });
  expect(status.conditions?.map(({ type, status: value }) => [type, value])).toEqual([
    ["AnalyticsServiceNormal", "Unknown"],
    ["ExperimentCompleted", "Unknown"],
    ["ExperimentSucceeded", "Unknown"],
    ["MetricsSynced", "Unknown"],
    ["Ready", "False"],
    ["RoutingRulesReady", "Unknown"],
    ["TargetsProvided", "False"],
  ]);
});

describe("Ready", () => {
  test("is False with the reason of the last condition that became False", () => {
    const status = mark(
      initialStatus(NOW),
      "ExperimentCompleted",
      "False",
      "IterationUpdate",
      "Iteration 1 Started",
      NOW,
    );

    expect(condition(status, "Ready")).toEqual({
      type: "Ready",
      status: "False",
      reason: "IterationUpdate",
      message: "Iteration 1 Started",
      lastTransitionTime: "2030-01-01T12:00:00Z",
    });
  });

  test("is True only when all six others are", () => {
    const almost = allTrueBut("MetricsSynced");
    expect(condition(almost, "Ready")?.status).toBe("False");

    expect(condition(mark(almost, "MetricsSynced", "True", "", "", NOW), "Ready")).toEqual({
      type: "Ready",
      status: "True",
      lastTransitionTime: "2030-01-01T12:00:00Z",
    });
  });
});

test("Ready is not claimed for a status that lacks conditions", () => {
  expect(condition(mark({}, "TargetsProvided", "True", "TargetsFound", "", NOW), "Ready")).toBeUndefined();
});

describe("a condition", () => {
  test("keeps its transition time while its status stays, also with another message", () => {
    const before = mark(
      initialStatus(NOW),
      "ExperimentCompleted",
      "False",
      "IterationUpdate",
      "Iteration 1 Started",
      NOW,
    );
    const after = mark(
      before,
      "ExperimentCompleted",
      "False",
      "IterationUpdate",
      "Iteration 2 Started",
      LATER,
    );

    expect(condition(after, "ExperimentCompleted")).toMatchObject({
      message: "Iteration 2 Started",
      lastTransitionTime: "2030-01-01T12:00:00Z",
    });
  });

  test("that is marked as it is leaves the very same status", () => {
    const status = mark(initialStatus(NOW), "TargetsProvided", "True", "TargetsFound", "", NOW);

    expect(mark(status, "TargetsProvided", "True", "TargetsFound", "", LATER)).toBe(status);
  });
});

test("message is `Reason: text`, or the reason alone", () => {
  expect(withMessage({}, REASON.succeeded, FINAL_TEXT.allMet).message).toBe(
    "ExperimentSucceeded: All Success Criteria Were Met",
  );
  expect(withMessage({}, REASON.pause).message).toBe("Pause");
});

test("Iter8's strings, letter by letter", () => {
  expect(FINAL_TEXT).toEqual({
    allMet: "All Success Criteria Were Met",
    notAllMet: "Not All Success Criteria Were Met",
    lastIteration: "Last Iteration Was Completed",
    abort: "Abort",
  });
  expect(Object.values(REASON)).toEqual([
    "TargetsNotFound",
    "TargetsFound",
    "AnalyticsServiceError",
    "AnalyticsServiceRunning",
    "IterationUpdate",
    "ExperimentSucceeded",
    "ExperimentFailed",
    "SyncMetricsSucceeded",
    "RoutingRulesReady",
    "Pause",
    "Resume",
  ]);
});

test("times are whole seconds for Kubernetes and nanoseconds for Iter8", () => {
  expect(timestamp(NOW)).toBe("2030-01-01T12:00:00Z");
  expect(JSON.stringify(nanoseconds(NOW))).toBe("1893499200999000000");
});

test("the dashboard's link, from the start until now or until the end", () => {
  const names = { namespace: "shop", service: "web", baseline: "web-1", candidate: "web-2" };
  const link =
    "http://localhost:3000/d/eXPEaNnZz/iter8-application-metrics?var-namespace=shop&var-service=web&var-baseline=web-1&var-candidate=web-2&from=5&to=";

  expect(grafanaUrl("http://localhost:3000", names, 5, undefined)).toBe(`${link}now`);
  expect(grafanaUrl("http://localhost:3000//", names, 5, 9)).toBe(`${link}9`);
});
