/** What a person, a newer commit or the end of the run can ask of a release, at any moment. */
import { describe, expect, test } from "vitest";
import { measured, planWith, pods, type Run, startRun, type World } from "./run.ts";

const weightOf = (run: Run) => run.status.trafficSplitPercentage?.candidate;

describe("action: pause", () => {
  test("holds the weight and asks for no metrics; only resume goes on", () => {
    const run = startRun(planWith());
    run.pass(70);
    run.world.action = "pause";
    run.world.check = () => {
      throw new Error("no check while paused");
    };
    run.pass(100);

    expect(run.status).toMatchObject({ phase: "Pause", message: "Pause" });
    expect(weightOf(run)).toBe(60);

    run.world.action = "";
    run.pass(100);

    expect(run.status.phase).toBe("Pause");
  });

  test("resume clears the action, makes up for a check that was due, and keeps the grid", () => {
    const run = startRun(planWith());
    run.pass(70);
    run.world.action = "pause";
    run.pass(35);
    run.world.action = "resume";
    run.pass(2);

    expect(run.effects).toContainEqual({ do: "clear-action" });
    expect(run.world.action).toBe("");
    expect(run.status).toMatchObject({
      phase: "Progressing",
      message: "IterationUpdate: Iteration 4 Started",
    });
    expect(run.status.loop?.nextCheck).toBe("2030-01-01T00:02:00.000Z");
    expect(run.rows.map(([message]) => message)).toContain("Resume");
  });

  test("resume of a run that is not paused changes nothing", () => {
    const run = startRun(planWith(), { action: "resume" });
    run.pass(5);
    run.world.action = "resume";
    run.pass(100);

    expect(run.status.message).toBe("IterationUpdate: Iteration 4 Started");
  });

  test("before the first check, it waits although the candidate is available", () => {
    const run = startRun(planWith(), { action: "pause" });
    run.pass(100);
    run.world.action = "";
    run.pass(100);

    expect(run.status).toMatchObject({ phase: "Pause", message: "Pause" });

    run.world.action = "resume";
    run.pass(5);

    expect(run.world.action).toBe("");
    expect(run.status).toMatchObject({
      phase: "Progressing",
      message: "IterationUpdate: Iteration 1 Started",
    });
  });

  test.each([0, 70])("after %i s, does not outlast the time for one release", (seconds) => {
    const run = startRun(planWith());
    run.pass(seconds);
    run.world.action = "pause";
    run.finish();

    expect(run.seconds).toBeLessThan(106 * 60);
    expect(run.status.outcome).toMatchObject({ word: "rolled-back", reason: "Inconclusive" });
    expect(run.world.routed).toBe(0);
  });
});

/** Moments in the life of a run at which a wish may come. */
const moments: readonly (readonly [string, Partial<World>, number])[] = [
  ["while it waits for its pods", { candidate: pods(0) }, 5],
  ["while it runs", {}, 70],
  ["while it is paused", { action: "pause" }, 70],
];

describe.each(moments)("%s", (_when, world, seconds) => {
  const started = () => {
    const run = startRun(planWith(), { ...world });
    run.pass(seconds);
    return run;
  };

  test("action: override_failure goes back at once", () => {
    const run = started();
    run.world.action = "override_failure";
    run.finish();

    expect(run.status).toMatchObject({
      message: "ExperimentFailed: Abort",
      outcome: {
        word: "aborted",
        reason: "Override",
        sentence: "Back to web-1, web-2 was taken away: action override_failure.",
      },
    });
    expect(run.world).toMatchObject({ routed: 0, candidate: undefined, baseline: { ready: 1 } });
  });

  test("action: override_success promotes as soon as the candidate can take the traffic", () => {
    const run = started();
    run.world.action = "override_success";
    run.pass(5);
    run.world.candidate = pods(1);
    run.finish();

    expect(run.status).toMatchObject({
      message: "ExperimentSucceeded: Abort",
      outcome: {
        word: "promoted",
        reason: "Override",
        sentence: "Promoted web-2 over web-1: action override_success.",
      },
    });
    expect(run.world).toMatchObject({ routed: 100, baseline: undefined, candidate: { ready: 1 } });
  });

  test("a newer commit supersedes it", () => {
    const run = started();
    run.world.supersededBy = "abc1234";
    run.finish();

    expect(run.status).toMatchObject({
      message: "ExperimentFailed: Abort",
      outcome: {
        word: "superseded",
        reason: "NewerCommit",
        sentence: "not deployed: superseded by abc1234; web-1 serves.",
      },
    });
  });

  test.each([
    ["Cancelled", "aborted", "The run was cancelled: back to web-1."],
    [
      "Interrupted",
      "error",
      "The run was interrupted before a verdict: back to web-1. Run it again to release web-2.",
    ],
  ] as const)("settling a run that was %s brings it back to the baseline", (ended, word, sentence) => {
    const run = started();
    run.world.ended = ended;
    run.restart();
    run.finish();

    expect(run.status.outcome).toEqual({ word, reason: ended, sentence });
    expect(run.world).toMatchObject({ routed: 0, candidate: undefined });
  });

  test("deleting the Experiment goes back, like override_failure", () => {
    const run = started();
    run.world.deleted = true;
    run.finish();

    expect(run.status.outcome).toMatchObject({
      word: "aborted",
      reason: "Override",
      sentence: "Back to web-1, web-2 was taken away: somebody deleted the Experiment.",
    });
  });
});

test("override_success does not promote a candidate that never comes up", () => {
  const run = startRun(planWith(), { candidate: pods(0), action: "override_success" });
  run.finish();

  expect(run.status.outcome).toMatchObject({ word: "rolled-back", reason: "CandidateUnavailable" });
});

test("a person's promotion outweighs a newer commit and the end of the run", () => {
  const run = startRun(planWith(), {
    action: "override_success",
    supersededBy: "abc1234",
    ended: "Interrupted",
  });
  run.finish();

  expect(run.status.outcome).toMatchObject({ word: "promoted", reason: "Override" });
});

test("a verdict stands, whatever is wished after it", () => {
  const run = startRun(planWith({ maxIterations: 1 }));
  run.pass(32);
  expect(run.status.loop?.verdict?.word).toBe("promoted");
  Object.assign(run.world, { action: "override_failure", supersededBy: "abc1234", ended: "Cancelled" });
  run.finish();

  expect(run.status.outcome?.word).toBe("promoted");
});

describe("of a first deployment there is no way back", () => {
  const plan = planWith({ baseline: undefined });
  test.each<readonly [string, Partial<World>, string]>([
    [
      "override_failure",
      { action: "override_failure" },
      "web-2 stays as it is, there is nothing to go back to: action override_failure.",
    ],
    [
      "a newer commit",
      { supersededBy: "abc1234" },
      "not deployed: superseded by abc1234; web-2 stays as it is.",
    ],
    ["a cancelled run", { ended: "Cancelled" }, "The run was cancelled: web-2 stays as it is."],
  ])("%s leaves what there is", (_what, wish, sentence) => {
    const run = startRun(plan, { candidate: pods(1, { desired: 2, available: false }), ...wish });
    run.finish();

    expect(run.status.outcome?.sentence).toBe(sentence);
    expect(run.effects.map((effect) => effect.do)).toEqual(["event"]);
  });
});

test("metrics that were away before a pause get their full time after it", () => {
  const run = startRun(planWith(), { check: () => ({ ok: false, why: "Prometheus is away" }) });
  run.pass(60);
  run.world.action = "pause";
  run.pass(600);
  run.world.action = "resume";
  run.pass(10);

  expect(run.status.phase).toBe("Progressing");

  run.world.check = () => measured([60, 100]);
  run.pass(5);

  expect(run.status.message).toBe("IterationUpdate: Iteration 1 Started");
});
