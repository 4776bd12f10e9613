/** While an experiment runs: metrics that are away, pods that are missing, routes that others write, processes that end. */
import { describe, expect, test } from "vitest";
import { latency, measured, planWith, pods, type Run, startRun } from "./run.ts";

const weightOf = (run: Run) => run.status.trafficSplitPercentage?.candidate;
const texts = (run: Run) => run.lines.map((line) => line.text);
const AWAY = { ok: false, why: "could not query metrics: Prometheus is away" } as const;

describe("metrics that cannot be read", () => {
  test("for a moment: the weight holds, each second is a new try, and the grid is kept", () => {
    const run = startRun(planWith(), {
      check: (seconds) => (seconds >= 30 && seconds < 52 ? AWAY : measured([60, 10 * seconds])),
    });
    run.pass(45);

    expect(weightOf(run)).toBe(20);
    expect(run.status.conditions).toContainEqual(
      expect.objectContaining({
        type: "AnalyticsServiceNormal",
        status: "False",
        reason: "AnalyticsServiceError",
        message: AWAY.why,
      }),
    );

    run.pass(10);

    expect(weightOf(run)).toBe(40);
    expect(run.status.loop).not.toHaveProperty("metricsFailingSince");
    expect(run.status.loop?.nextCheck).toBe("2030-01-01T00:01:00.000Z");
    expect(run.status.conditions).toContainEqual(
      expect.objectContaining({ type: "AnalyticsServiceNormal", status: "True" }),
    );
    expect(texts(run).filter((text) => text.includes("No metrics"))).toEqual([
      `No metrics: ${AWAY.why}. The weight holds; trying again each second for 1m30s.`,
    ]);
  });

  test.each([
    ["over several checks: the ones that were missed are left out", 35, 37, "2030-01-01T00:00:40.000Z"],
    [
      "until just before the next check: that one is left out too, for hardly anything would be new to it",
      19,
      25,
      "2030-01-01T00:00:30.000Z",
    ],
  ])("%s", (_what, back, seconds, next) => {
    const run = startRun(planWith({ intervalMs: 10_000 }), {
      check: (at) => (at >= 10 && at < back ? AWAY : measured([60, 10 * at])),
    });
    run.pass(seconds);

    expect(run.status.currentIteration).toBe(2);
    expect(run.status.loop?.nextCheck).toBe(next);
  });

  test.each([
    ["three intervals", 30_000, 90],
    ["at least half a minute", 2000, 30],
  ])("for good: after %s the run ends, with the traffic on the baseline", (_what, intervalMs, seconds) => {
    const run = startRun(planWith({ intervalMs }), {
      check: (at) => (at >= 10 ? AWAY : measured([60, 10 * at])),
    });
    run.finish();

    expect(run.status.message).toBe("ExperimentFailed: Abort");
    expect(run.status.outcome).toEqual({
      word: "error",
      reason: "MetricsUnavailable",
      sentence: `Back to web-1: no metrics for ${seconds} s (${AWAY.why}), so web-2 could not be judged.`,
    });
    expect(run.world.routed).toBe(0);
  });
});

describe("capacity: a weight needs its share of the baseline's pods", () => {
  const big = { baseline: pods(10), candidate: pods(1) };

  test("the step waits, the candidate is scaled, and the weight follows when the pods are ready", () => {
    const run = startRun(planWith(), big);
    run.pass(5);

    expect(weightOf(run)).toBe(0);
    expect(run.status.message).toBe("IterationUpdate: Iteration 1 Started");
    expect(run.effects).toContainEqual({ do: "scale", deployment: "web-2", replicas: 2 });
    expect(texts(run)).toContain("Weight stays at 0 % until 2 pods are ready for 20 % (1 are).");

    run.world.candidate = pods(2);
    run.pass(2);

    expect(weightOf(run)).toBe(20);
    expect(run.world.routed).toBe(20);
    expect(texts(run)).toContain("2 pods are ready: weight 0 % -> 20 %.");
  });

  test("an autoscaler's Deployment is not scaled, only waited for", () => {
    const run = startRun(planWith(), { ...big, candidate: pods(1, { autoscaled: true }) });
    run.pass(20);

    expect(run.effects.some((effect) => effect.do === "scale")).toBe(false);
    expect(weightOf(run)).toBe(0);
  });

  test("a step that still waits is forgotten when the next check fails", () => {
    const run = startRun(planWith(), { ...big, check: (at) => measured([at < 30 ? 60 : 300, 10 * at]) });
    run.pass(35);
    run.world.candidate = pods(10);
    run.pass(5);

    expect(weightOf(run)).toBe(0);
  });

  test.each([
    [55, 20, 11],
    [20, 1, 1],
    [1, 200, 2],
    [80, 3, 3],
  ])("%i %% of %i pods takes %i", (maxWeight, ready, needed) => {
    const run = startRun(planWith({ stepSize: maxWeight, maxWeight }), {
      baseline: pods(ready),
      candidate: pods(needed - 1, { desired: needed - 1, available: true }),
    });
    if (needed === 1) run.world.candidate = pods(1);
    run.pass(2);

    const scaled = run.effects.find((effect) => effect.do === "scale");
    expect(scaled?.replicas ?? 1).toBe(needed);
  });

  test("a target of kind Service is never scaled", () => {
    const run = startRun(planWith({ kind: "Service" }), big);
    run.pass(5);

    expect(run.effects.some((effect) => effect.do === "scale")).toBe(false);
  });
});

describe("a route that somebody else writes", () => {
  test("is named and put back once, not more: we do not fight", () => {
    const run = startRun(planWith());
    run.pass(40);
    run.world.routed = 90;
    run.world.routedBy = "kubectl-edit";
    run.pass(2);

    expect(run.world.routed).toBe(40);
    expect(texts(run)).toContain("kubectl-edit set the candidate's weight to 90 %; putting 40 % back, once.");

    run.world.routed = 90;
    run.pass(10);

    expect(run.world.routed).toBe(90);
    expect(texts(run).filter((text) => text.includes("kubectl-edit"))).toHaveLength(1);
  });

  test("or takes away is mended once as well", () => {
    const run = startRun(planWith());
    run.pass(40);
    run.world.routed = undefined;
    run.pass(2);

    expect(run.world.routed).toBe(40);
    expect(texts(run)).toContain("somebody removed our destinations; putting 40 % back, once.");
  });

  test("and a mesh that does something else than the route asks is reported", () => {
    const run = startRun(planWith(), { observedShare: { candidate: 2, requests: 1000 } });
    run.pass(31);

    expect(texts(run)).toContain("The candidate got 2 % of 1000 requests where the route says 20 %.");
  });

  test.each([
    ["few requests", { candidate: 2, requests: 29 }],
    ["chance", { candidate: 17, requests: 1000 }],
  ])("but not what %s can explain", (_what, observedShare) => {
    const run = startRun(planWith(), { observedShare });
    run.pass(31);

    expect(texts(run).some((text) => text.includes("where the route says 20 %"))).toBe(false);
  });
});

test("a baseline whose pods were replaced keeps its weight, and its subset is written anew", () => {
  const run = startRun(planWith());
  run.pass(40);
  const { routed } = run.world;
  run.world.outdated = true;
  const before = run.effects.length;
  run.decide();
  run.world.outdated = false;

  expect(run.effects.slice(before)).toEqual([{ do: "route", candidate: routed }]);
  expect(texts(run).at(-1)).toBe(
    "The pods of web-1 were replaced: its subset follows them, the weights stay.",
  );
  run.finish();
  expect(run.status.outcome?.word).toBe("promoted");
});

describe("another process that goes on", () => {
  test("finishes a write that its predecessor recorded and did not make, as often as needed", () => {
    const run = startRun(planWith());
    run.pass(40);
    for (let kill = 0; kill < 3; kill += 1) {
      run.world.routed = 20;
      run.restart();
      run.pass(2);

      expect(run.world.routed).toBe(40);
    }
    expect(texts(run).filter((text) => text === "Taking up the run: weight 40 % as recorded.")).toHaveLength(
      3,
    );
    expect(run.status.loop).not.toHaveProperty("reasserted");
  });

  test("after SIGTERM moved the traffic away, brings it back to the recorded weight and says so", () => {
    const plan = planWith();
    const first = startRun(plan);
    first.pass(40);
    const interrupted = "2030-01-01T00:00:40.000Z";
    const second = startRun(plan, {}, { ...first.status, loop: { ...first.status.loop, interrupted } });
    second.world.routed = 0;
    second.pass(3);

    expect(second.world.routed).toBe(40);
    expect(texts(second).slice(0, 2)).toEqual([
      "Taking up the run: weight 40 % as recorded.",
      `Going on after the interruption of ${interrupted}, at weight 40 %.`,
    ]);
    expect(second.status.loop).not.toHaveProperty("interrupted");
  });
});

describe("neither version has ready pods", () => {
  test("for a moment: everything stays as it is, and the run goes on", () => {
    const run = startRun(planWith());
    run.pass(40);
    const weight = run.world.routed;
    run.world.baseline = pods(0);
    run.world.candidate = pods(0);
    run.pass(12);

    expect(run.world.routed).toBe(weight);
    expect(texts(run).filter((text) => text.includes("ready pod"))).toEqual([
      "Neither web-1 nor web-2 has a ready pod: the weights stay, pods may be back within 15s.",
    ]);
    run.world.baseline = pods(1);
    run.world.candidate = pods(1);
    run.finish();
    expect(run.status.outcome?.word).toBe("promoted");
  });

  test("for longer: the baseline gets the traffic", () => {
    const run = startRun(planWith());
    run.pass(40);
    run.world.baseline = pods(0);
    run.world.candidate = pods(0);
    run.pass(20);

    expect(run.status.loop?.verdict).toMatchObject({ reason: "CandidateUnavailable", winner: "baseline" });
    expect(run.world.routed).toBe(0);
  });
});

describe("what ends the experiment early", () => {
  test("the candidate is deleted", () => {
    const run = startRun(planWith());
    run.pass(40);
    run.world.candidate = undefined;
    run.finish();

    expect(run.status).toMatchObject({
      message: "ExperimentFailed: Abort",
      trafficSplitPercentage: { baseline: 100, candidate: 0 },
      outcome: {
        word: "rolled-back",
        reason: "CandidateUnavailable",
        sentence: "Rolled back to web-1, web-2 is not available: it was deleted during the run.",
      },
    });
  });

  test("none of the candidate's pods is ready any more", () => {
    const run = startRun(planWith());
    run.pass(40);
    run.world.candidate = pods(0, { problem: "container web crashed, exit code 1, 3 restarts" });
    run.finish();

    expect(run.status.outcome?.sentence).toBe(
      "Rolled back to web-1, web-2 is not available: none of its pods is ready any more, container web crashed, exit code 1, 3 restarts.",
    );
  });

  test("neither version has ready pods for 15 s, and the baseline's are back first", () => {
    const run = startRun(planWith());
    run.pass(40);
    run.world.baseline = pods(0);
    run.world.candidate = pods(0, { problem: "container web crashed, exit code 1, 3 restarts" });
    run.pass(10);
    expect(run.status.loop).not.toHaveProperty("verdict");
    run.world.baseline = pods(1);
    run.finish();

    expect(run.status.outcome?.sentence).toContain(
      "none of its pods is ready any more, container web crashed",
    );
  });

  test("the time for one release is over", () => {
    const run = startRun(planWith({ maxDurationMs: 95_000 }));
    run.finish();

    expect(run.status.outcome).toEqual({
      word: "rolled-back",
      reason: "Inconclusive",
      sentence: "Rolled back to web-1, web-2 could not be judged: the time for one release, 1m35s, is over.",
    });
    expect(run.status.loop?.verdict?.at).toBe("2030-01-01T00:01:35Z");
  });
});

describe("the last check", () => {
  test.each([
    ["no requests", measured([undefined, 0]), "iter8_latency: no requests to the candidate yet"],
    ["too few requests", measured([60, 4]), "iter8_latency: 4 of the 5 requests that the candidate needs"],
    [
      "both versions beyond the limit",
      measured([300, 50], [250, 50]),
      "iter8_latency 300 exceeds 200 over 50 requests; baseline 250 over 50 requests (beyond the limit as well)",
    ],
  ])("without an answer (%s) rolls back as inconclusive, not as a failure", (_what, readings, sentence) => {
    const run = startRun(planWith({ maxIterations: 1 }), { check: () => readings });
    run.finish();

    expect(run.status.outcome).toEqual({
      word: "rolled-back",
      reason: "Inconclusive",
      sentence: `Rolled back to web-1, web-2 could not be judged: ${sentence}.`,
    });
    expect(run.status.message).toBe("ExperimentFailed: Not All Success Criteria Were Met");
  });

  test.each([
    ["too few requests", measured([60, 4]), "promoted"],
    ["both versions beyond the limit", measured([300, 50], [250, 50]), "promoted"],
    ["no requests", measured([undefined, 0]), "rolled-back"],
    ["a violation", measured([300, 50]), "rolled-back"],
  ])("with on-inconclusive: promote, %s is %s", (_what, readings, word) => {
    const run = startRun(planWith({ maxIterations: 1, onInconclusive: "promote" }), {
      check: () => readings,
    });
    run.finish();

    expect(run.status.outcome?.word).toBe(word);
    if (word === "promoted") {
      expect(run.status.message).toBe("ExperimentSucceeded: Last Iteration Was Completed");
      expect(run.status.outcome?.sentence).toMatch(
        /^Promoted web-2 over web-1: inconclusive \(.*\), as on-inconclusive asks\.$/,
      );
    }
  });

  test("with onSuccess: baseline keeps the baseline, and that is a success", () => {
    const run = startRun(planWith({ maxIterations: 1, onSuccess: "baseline" }));
    run.finish();

    expect(run.status).toMatchObject({
      message: "ExperimentSucceeded: All Success Criteria Were Met",
      trafficSplitPercentage: { baseline: 100, candidate: 0 },
      outcome: { word: "no-change", reason: "OnSuccessBaseline" },
    });
    expect(run.effects).toContainEqual({ do: "remove", deployment: "web-2" });
  });

  test("names every criterion that failed, and only those", () => {
    const errors = { ...latency, metricName: "iter8_error_rate", tolerance: 0.02 };
    const run = startRun(planWith({ maxIterations: 1, criteria: [latency, errors] }), {
      check: () => {
        const good = { value: 0, sampleSize: 50 };
        const slow = { value: 300, sampleSize: 50 };
        return {
          ok: true,
          metrics: new Map([
            ["iter8_latency", { candidate: slow, baseline: good }],
            ["iter8_error_rate", { candidate: good, baseline: good }],
          ]),
        };
      },
    });
    run.finish();

    expect(run.status.outcome?.sentence).toBe(
      "Rolled back to web-1, web-2 failed: iter8_latency 300 exceeds 200 over 50 requests; baseline 0 over 50 requests.",
    );
  });
});

test("with a Grafana, the link to Iter8's dashboard ends at now while it runs and at its end after that", () => {
  const run = startRun(planWith({ grafanaEndpoint: "http://grafana:3000/" }));
  run.pass(40);
  const link =
    "http://grafana:3000/d/eXPEaNnZz/iter8-application-metrics?var-namespace=shop&var-service=web&var-baseline=web-1&var-candidate=web-2&from=1893456000000&to=";

  expect(run.status.grafanaURL).toBe(`${link}now`);

  run.finish();

  expect(run.status.grafanaURL).toMatch(new RegExp(`^${link.replaceAll("?", "\\?")}\\d{13}$`));
});
