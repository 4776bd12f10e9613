/** Before the first check: a candidate gets no request until it is there and available. */
import { describe, expect, test } from "vitest";
import { planWith, pods, START, startRun } from "./run.ts";

describe("the candidate", () => {
  test("is waited for, and its first check comes as soon as it is available", () => {
    const run = startRun(planWith(), { candidate: undefined });
    run.pass(20);
    run.world.candidate = pods(0, { desired: 2 });
    run.pass(20);

    expect(run.status).toMatchObject({ phase: "Pause", message: "TargetsNotFound: Missing Candidate" });
    expect(run.effects).toEqual([]);

    run.world.candidate = pods(2);
    run.pass(1);

    expect(run.status).toMatchObject({
      phase: "Progressing",
      message: "IterationUpdate: Iteration 1 Started",
    });
    expect(run.status.loop?.startedAt).toBe("2030-01-01T00:00:40.000Z");
    expect(run.lines.map((line) => line.text).slice(0, 2)).toEqual([
      "Waiting for web-2 to be applied and available.",
      "web-2 is available (2 of 2 pods ready).",
    ]);
  });

  test("that is never applied is given up after ten minutes", () => {
    const run = startRun(planWith(), { candidate: undefined });
    run.finish();

    expect(run.seconds).toBeGreaterThanOrEqual(600);
    expect(run.seconds).toBeLessThan(620);
    expect(run.status.outcome).toEqual({
      word: "rolled-back",
      reason: "CandidateUnavailable",
      sentence: "Rolled back to web-1, web-2 is not available: it was never applied.",
    });
  });

  test("whose apply task failed is not waited for", () => {
    const applyFailed = "the apply-candidate task failed (quota exceeded)";
    const run = startRun(planWith(), { candidate: undefined, applyFailed });
    run.finish();

    expect(run.seconds).toBeLessThan(10);
    expect(run.status.outcome?.sentence).toBe(
      "Rolled back to web-1, web-2 is not available: the apply-candidate task failed (quota exceeded).",
    );
  });

  test("that was applied speaks for itself, whatever became of the task that waited for it", () => {
    const problem = "container web: ImagePullBackOff";
    const run = startRun(planWith(), {
      candidate: pods(0, { gaveUp: true, problem }),
      applyFailed: "the apply-candidate task failed (Failed)",
    });
    run.finish();

    expect(run.status.outcome?.sentence).toContain("0 of 1 pods ready, container web: ImagePullBackOff");
  });

  test.each([
    ["Kubernetes has given up on", { gaveUp: true }, 0],
    ["does not become available in its own time plus a minute", {}, 120],
  ])("that %s is taken away, with what its pods say", (_what, change, seconds) => {
    const problem = "container web: ImagePullBackOff";
    const run = startRun(planWith(), {
      candidate: pods(1, { desired: 3, available: false, problem, ...change }),
    });
    run.finish();

    expect(run.seconds).toBeGreaterThanOrEqual(seconds);
    expect(run.status).toMatchObject({
      message: "ExperimentFailed: Abort",
      outcome: {
        reason: "CandidateUnavailable",
        sentence:
          "Rolled back to web-1, web-2 is not available: 1 of 3 pods ready, container web: ImagePullBackOff.",
      },
    });
    expect(run.effects).toContainEqual({ do: "remove", deployment: "web-2" });
  });
});

describe("a first deployment", () => {
  const plan = planWith({ baseline: undefined });

  test("is over when it is available, whatever its criteria: there is nothing to compare with", () => {
    const run = startRun(plan, { candidate: pods(0) });
    run.pass(10);
    run.world.candidate = pods(1);
    run.finish();

    expect(run.status).toMatchObject({
      message: "ExperimentSucceeded: Last Iteration Was Completed",
      trafficSplitPercentage: { baseline: 0, candidate: 100 },
      outcome: {
        word: "first-deployment",
        reason: "FirstDeployment",
        sentence: "First deployment of web: web-2 is available and there was nothing to compare it with.",
      },
    });
    expect(run.effects.map((effect) => effect.do)).toEqual(["apply-rest", "release-route", "event"]);
  });

  test("that does not come up is removed, because none of its pods can serve", () => {
    const run = startRun(plan, { candidate: pods(0, { gaveUp: true }) });
    run.finish();

    expect(run.status.outcome).toEqual({
      word: "rolled-back",
      reason: "CandidateUnavailable",
      sentence: "web-2 was not deployed: 0 of 1 pods ready.",
    });
    expect(run.effects).toContainEqual({ do: "remove", deployment: "web-2" });
  });

  test("of which a part serves is left alone", () => {
    const run = startRun(plan, { candidate: pods(1, { desired: 2, available: false, gaveUp: true }) });
    run.finish();

    expect(run.status.outcome?.word).toBe("rolled-back");
    expect(run.effects.map((effect) => effect.do)).toEqual(["event"]);
  });
});

describe("a baseline that is deleted meanwhile", () => {
  test("makes the candidate serve as soon as it can, and that is no success", () => {
    const run = startRun(planWith(), { baseline: undefined, candidate: pods(0) });
    run.pass(10);

    expect(run.status.loop?.verdict).toBeUndefined();

    run.world.candidate = pods(1);
    run.finish();

    expect(run.status).toMatchObject({
      message: "ExperimentSucceeded: Abort",
      trafficSplitPercentage: { baseline: 0, candidate: 100 },
      outcome: {
        word: "error",
        reason: "BaselineGone",
        sentence: "web-1 was deleted during the run: all traffic goes to web-2, which was not judged.",
      },
    });
  });

  test("outweighs every wish to go back to it", () => {
    for (const wish of [
      { action: "override_failure" },
      { supersededBy: "abc1234" },
      { ended: "Cancelled" },
      { deleted: true },
    ] as const) {
      const run = startRun(planWith(), { baseline: undefined, ...wish });
      run.finish();

      expect(run.status.outcome?.reason).toBe("BaselineGone");
      expect(run.world.routed).toBe(100);
    }
  });
});

test("while it waits it records nothing but since when", () => {
  const run = startRun(planWith(), { candidate: undefined });
  run.pass(300);

  expect(run.status.loop).toEqual({ waitingSince: new Date(START).toISOString() });
});
