/** What `kubectl get experiments -w` showed with Iter8's own controller, message by message. */
import { describe, expect, test } from "vitest";
import type { ToleranceCriterion } from "../../../../steps/lib/experiment/criterion.ts";
import { latency, measured, planWith, startRun } from "./run.ts";

const WAITING = ["TargetsNotFound: Missing Candidate", "100/0"];
const FOUND = ["TargetsFound", "100/0"];
const MET = "ExperimentSucceeded: All Success Criteria Were Met";
const NOT_MET = "ExperimentFailed: Not All Success Criteria Were Met";

/** Iterations 1, 2, ... with these splits, then the end. */
const trace = (splits: readonly string[], end: string, last: string) => [
  WAITING,
  FOUND,
  ...splits.map((split, index) => [`IterationUpdate: Iteration ${index + 1} Started`, split]),
  [end, last],
];

describe("check_and_increment: 8 iterations, 20 % a step, at most 80 %", () => {
  test("all checks pass: a step each, and the last check is the ninth", () => {
    const run = startRun(planWith());
    run.finish();

    expect(run.rows).toEqual(
      trace(["80/20", "60/40", "40/60", "20/80", "20/80", "20/80", "20/80", "20/80", "20/80"], MET, "0/100"),
    );
  });

  test("the candidate has no data at the second check: that step is missing from then on", () => {
    const run = startRun(planWith(), {
      check: (seconds) => measured(seconds < 60 ? [undefined, 0] : [60, 10 * seconds]),
    });
    run.finish();

    expect(run.rows).toEqual(
      trace(["80/20", "80/20", "60/40", "40/60", "20/80", "20/80", "20/80", "20/80", "20/80"], MET, "0/100"),
    );
  });

  test("all checks fail: the first step stays, the last check sends everything back", () => {
    const run = startRun(planWith(), { check: (seconds) => measured([300, 10 * seconds]) });
    run.finish();

    expect(run.rows).toEqual(trace(Array(9).fill("80/20"), NOT_MET, "100/0"));
    expect(run.status.outcome).toMatchObject({ word: "rolled-back", reason: "CriteriaFailed" });
  });

  test("only the last check decides: one that passes then is promoted from 20 %", () => {
    const run = startRun(planWith(), {
      check: (seconds) => measured([seconds < 240 ? 300 : 190, 10 * seconds]),
    });
    run.finish();

    expect(run.rows.slice(-2)).toEqual([
      ["IterationUpdate: Iteration 9 Started", "60/40"],
      [MET, "0/100"],
    ]);
  });

  test("only the last check decides: one that fails then is rolled back from 80 %", () => {
    const run = startRun(planWith(), {
      check: (seconds) => measured([seconds < 240 ? 60 : 300, 10 * seconds]),
    });
    run.finish();

    expect(run.rows.slice(-2)).toEqual([
      ["IterationUpdate: Iteration 9 Started", "20/80"],
      [NOT_MET, "100/0"],
    ]);
  });

  test("it takes maxIterations x interval from the first check to the last", () => {
    const run = startRun(planWith());
    run.finish();

    expect(run.status.loop?.startedAt).toBe("2030-01-01T00:00:00.000Z");
    expect(run.status.loop?.verdict?.at).toBe("2030-01-01T00:04:00Z");
  });
});

describe("the step", () => {
  test("is cut at the maximum: 30, 60, 80", () => {
    const run = startRun(planWith({ stepSize: 30 }));
    run.pass(100);

    expect(run.rows.slice(2).map(([, split]) => split)).toEqual(["70/30", "40/60", "20/80", "20/80"]);
  });

  test("of 2.5 % keeps its half over the whole percents of the route, also over a check that fails", () => {
    const run = startRun(planWith({ stepSize: 2.5, maxWeight: 33.5 }), {
      check: (seconds) => measured([seconds === 30 ? 300 : 60, 10 * seconds]),
    });
    run.pass(100);

    expect(run.rows.slice(2).map(([, split]) => split)).toEqual(["98/2", "98/2", "95/5", "93/7"]);
  });

  test("is not taken when no number moved since the last check", () => {
    const run = startRun(planWith(), { check: () => measured([60, 50]) });
    run.pass(100);

    expect(run.rows.slice(2).map(([, split]) => split)).toEqual(["80/20", "80/20", "80/20", "80/20"]);
    expect(run.status.assessment?.["conclusions"]).toEqual([
      "All success criteria were  met",
      "No change observed in this iteration. Traffic percentage is not altered",
    ]);
  });
});

describe("increment_without_check", () => {
  const unchecked = { strategy: "increment_without_check", criteria: [] } as const;

  test("asks for no metrics, and leaves out a step beyond the maximum instead of cutting it", () => {
    const run = startRun(planWith({ ...unchecked, stepSize: 30, maxIterations: 3 }), {
      check: () => {
        throw new Error("no metrics are asked for");
      },
    });
    run.finish();

    expect(run.rows).toEqual(
      trace(
        ["70/30", "40/60", "40/60", "40/60"],
        "ExperimentSucceeded: Last Iteration Was Completed",
        "0/100",
      ),
    );
    expect(run.status.outcome?.sentence).toBe("Promoted web-2 over web-1: it has no criteria.");
  });

  test("takes whole percents only", () => {
    const run = startRun(planWith({ ...unchecked, stepSize: 2.9 }));
    run.pass(60);

    expect(run.rows.slice(2).map(([, split]) => split)).toEqual(["98/2", "96/4"]);
  });

  test("with criteria does not claim that they were met", () => {
    const run = startRun(planWith({ strategy: "increment_without_check", maxIterations: 1 }));
    run.finish();

    expect(run.status.message).toBe("ExperimentSucceeded: Last Iteration Was Completed");
    expect(run.status.outcome?.sentence).toBe(
      "Promoted web-2 over web-1: increment_without_check asks for no check of its criteria.",
    );
  });
});

describe("an early end is Iter8's Abort", () => {
  const stopping: ToleranceCriterion = { ...latency, stopOnFailure: true };

  test("stopOnFailure ends it at the check that fails, without counting that check", () => {
    const run = startRun(planWith({ criteria: [stopping] }), {
      check: (seconds) => measured([seconds < 60 ? 60 : 300, 10 * seconds]),
    });
    run.finish();

    expect(run.rows.slice(2)).toEqual([
      ["IterationUpdate: Iteration 1 Started", "80/20"],
      ["IterationUpdate: Iteration 2 Started", "60/40"],
      ["ExperimentFailed: Abort", "100/0"],
    ]);
    expect(run.status.assessment).toMatchObject({
      conclusions: ["The experiment needs to be aborted", "All success criteria were not met"],
      abort_experiment: true,
    });
  });

  test("stopOnFailure waits for enough requests", () => {
    const run = startRun(planWith({ criteria: [stopping] }), { check: () => measured([300, 4]) });
    run.pass(100);

    expect(run.status.phase).toBe("Progressing");
  });

  test("a counter beyond its limit ends it even without stopOnFailure: it cannot heal", () => {
    const errors = { ...latency, metricName: "iter8_error_count", tolerance: 3 };
    const run = startRun(planWith({ criteria: [errors], counters: new Set(["iter8_error_count"]) }), {
      check: (seconds) => measured([seconds / 10, 10 * seconds], [0, 1000], ["iter8_error_count"]),
    });
    run.finish();

    expect(run.rows.at(-1)).toEqual(["ExperimentFailed: Abort", "100/0"]);
    expect(run.status.outcome?.sentence).toBe(
      "Rolled back to web-1, web-2 failed: iter8_error_count 6 exceeds 3 over 600 requests; baseline 0 over 1000 requests.",
    );
  });
});
