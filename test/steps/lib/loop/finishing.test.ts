/** After the verdict: pods for the winner, all traffic to it, drain, remove the loser, give the route back. */
import { describe, expect, test } from "vitest";
import { latency, measured, planWith, pods, type Run, startRun } from "./run.ts";

const stopping = { ...latency, stopOnFailure: true };

/** A run whose verdict is a promotion, just recorded. */
function promoted(change: Parameters<typeof startRun>[1] = {}, plan = planWith({ maxIterations: 1 })): Run {
  const run = startRun(plan, change);
  while (run.status.loop?.verdict === undefined) run.decide();
  return run;
}

/** A run whose verdict is a rollback, just recorded, after the candidate had 20 %. */
function rolledBack(change: Parameters<typeof startRun>[1] = {}): Run {
  const run = startRun(planWith({ criteria: [stopping] }), {
    check: (at) => measured([at < 30 ? 60 : 300, 10 + at]),
    ...change,
  });
  while (run.status.loop?.verdict === undefined) run.decide();
  return run;
}

const done = (run: Run, from = 0) =>
  run.effects.slice(from).filter((effect) => effect.do !== "event" && effect.do !== "scale");

describe("a promotion", () => {
  test("moves all traffic, drains, removes the baseline, updates the rest and gives the route back, in this order", () => {
    const run = promoted();
    const before = run.effects.length;
    const decided = run.seconds;
    run.finish();

    expect(done(run, before)).toEqual([
      { do: "route", candidate: 100 },
      { do: "remove", deployment: "web-1" },
      { do: "apply-rest" },
      { do: "release-route", winner: "candidate" },
    ]);
    expect(run.seconds - decided).toBeGreaterThanOrEqual(9);
    expect(run.status).toMatchObject({
      phase: "Completed",
      trafficSplitPercentage: { baseline: 0, candidate: 100 },
      analysisState: {},
      outcome: { word: "promoted", reason: "CriteriaMet" },
    });
    expect(run.effects.at(-1)).toMatchObject({ do: "event", type: "Normal", reason: "ExperimentSucceeded" });
  });

  test("records the verdict before anything moves", () => {
    const run = promoted();

    expect(run.world.routed).not.toBe(100);
    expect(run.status).toMatchObject({ phase: "Progressing", loop: { verdict: { winner: "candidate" } } });
    expect(run.lines.at(-1)?.text).toMatch(/^Verdict: Promoted web-2 over web-1: /);
  });

  test("waits until the candidate has as many ready pods as the baseline", () => {
    const run = promoted(
      { baseline: pods(3), candidate: pods(1) },
      planWith({ maxIterations: 1, stepSize: 10 }),
    );
    run.pass(5);

    expect(run.effects).toContainEqual({ do: "scale", deployment: "web-2", replicas: 3 });
    expect(run.world.routed).toBe(20);

    run.world.candidate = pods(3);
    run.finish();

    expect(run.status.outcome?.word).toBe("promoted");
  });

  test("waits for them even when somebody gave it all traffic meanwhile", () => {
    const run = promoted(
      { baseline: pods(3), candidate: pods(1) },
      planWith({ maxIterations: 1, stepSize: 10 }),
    );
    run.world.routed = 100;
    run.pass(100);

    expect(run.world.baseline).toBeDefined();
    expect(run.status.loop?.verdict?.winner).toBe("baseline");
  });

  test("is taken back when those pods do not become ready in the candidate's own time", () => {
    const run = promoted(
      { baseline: pods(3), candidate: pods(1) },
      planWith({ maxIterations: 1, stepSize: 10 }),
    );
    run.finish();

    expect(run.status.outcome).toEqual({
      word: "rolled-back",
      reason: "CandidateUnavailable",
      sentence:
        "Rolled back to web-1, web-2 is not available: only 1 of the 3 pods that it needs for all traffic became ready.",
    });
    expect(run.world).toMatchObject({ routed: 0, baseline: { ready: 3 }, candidate: undefined });
  });
});

describe("a rollback", () => {
  test("moves all traffic, drains, removes the candidate and changes nothing else", () => {
    const run = rolledBack();
    const before = run.effects.length;
    run.finish();

    expect(done(run, before)).toEqual([
      { do: "route", candidate: 0 },
      { do: "remove", deployment: "web-2" },
      { do: "release-route", winner: "baseline" },
    ]);
    expect(run.effects.at(-1)).toMatchObject({ do: "event", type: "Warning", reason: "ExperimentFailed" });
  });

  test("of a candidate that never had a weight does not wait for its requests to stop", () => {
    const run = startRun(planWith(), { candidate: pods(0, { gaveUp: true }), loser: "unreadable" });
    run.finish();

    expect(run.world.candidate).toBeUndefined();
    expect(run.seconds).toBeLessThan(20);
  });
});

describe("the loser is removed only when its requests were seen to stop", () => {
  test.each([
    ["flowing", 160, "requests still reach it although the route sends it none"],
    ["unseen", 160, "its requests could not be seen to stop"],
    ["unreadable", 40, "without metrics nobody can see whether requests still reach it"],
  ] as const)(
    "%s: after %i s it is left running, with a note on it, and the route stays",
    (loser, seconds, why) => {
      const run = promoted({ loser });
      const decided = run.seconds;
      const before = run.effects.length;
      run.finish();

      expect(run.seconds - decided).toBeGreaterThanOrEqual(seconds - 2);
      expect(run.seconds - decided).toBeLessThan(seconds + 5);
      expect(done(run, before)).toEqual([
        { do: "route", candidate: 100 },
        { do: "leave", deployment: "web-1", why: `web-1 was left running: ${why}` },
        { do: "apply-rest" },
      ]);
      expect(run.status.outcome?.word).toBe("promoted");
      expect(run.status.outcome?.sentence).toMatch(new RegExp(`; web-1 was left running: ${why}\\.$`));
    },
  );

  test("also when that takes a while", () => {
    const run = promoted({ loser: "flowing" });
    run.pass(100);
    run.world.loser = "stopped";
    run.finish();

    expect(run.world.baseline).toBeUndefined();
    expect(run.status.outcome?.sentence).not.toContain("left running");
  });

  test("a target of kind Service only gets the traffic moved", () => {
    const run = promoted({}, planWith({ kind: "Service", maxIterations: 1 }));
    run.finish();

    expect(run.effects.some((effect) => effect.do === "remove")).toBe(false);
    expect(run.world.baseline).toBeDefined();
  });
});

describe("the route is given back when no pod of the loser can be sent to", () => {
  const removed = (run: Run) => {
    while (run.world.baseline !== undefined) run.decide();
  };
  const givenBack = (run: Run) => run.effects.some((effect) => effect.do === "release-route");

  test("as soon as the garbage collector has come to the last one", () => {
    const run = promoted({ loserPods: 2 });
    removed(run);
    run.pass(10);
    expect(givenBack(run)).toBe(false);
    run.world.loserPods = 0;
    run.pass(2);

    expect(givenBack(run)).toBe(true);
    expect(run.status.phase).toBe("Completed");
  });

  test("and not at all when one is still there after a minute, also when another process waits on", () => {
    const run = promoted({ loserPods: 2 });
    removed(run);
    run.pass(50);
    run.restart();
    run.pass(9);
    expect(run.status.phase).not.toBe("Completed");
    run.pass(3);

    expect(run.status.phase).toBe("Completed");
    expect(givenBack(run)).toBe(false);
    expect(run.lines.at(-1)).toEqual({
      level: "warn",
      text: "web-1 is deleted, but after 60 s 2 of its pods still run or are endpoints of the Service, so the route keeps naming web-2.",
    });
  });
});

describe("traffic is moved until the route is seen to say so", () => {
  test("however often somebody writes it", () => {
    const run = promoted();
    run.pass(3);
    for (const weight of [30, 50]) {
      run.world.routed = weight;
      run.pass(2);

      expect(run.world.routed).toBe(100);
    }
    run.finish();

    expect(run.status.outcome?.word).toBe("promoted");
  });
});

describe("a winner that vanishes while the other version is still there has lost", () => {
  test("the promoted candidate is deleted after it got all traffic", () => {
    const run = promoted();
    run.pass(4);
    expect(run.world.routed).toBe(100);
    run.world.candidate = undefined;
    run.finish();

    expect(run.status.outcome).toMatchObject({
      word: "rolled-back",
      sentence: "Rolled back to web-1, web-2 is not available: it was deleted.",
    });
    expect(run.world).toMatchObject({ routed: 0, baseline: { ready: 1 } });
  });

  test("the promoted candidate breaks down under all traffic", () => {
    const run = promoted();
    run.pass(4);
    run.world.candidate = pods(0, { problem: "container web: OOMKilled" });
    run.finish();

    expect(run.status.outcome?.sentence).toBe(
      "Rolled back to web-1, web-2 is not available: none of its pods is ready any more, container web: OOMKilled.",
    );
    expect(run.world).toMatchObject({ routed: 0, baseline: { ready: 1 } });
  });

  test("the baseline is deleted during a rollback: the candidate, however bad, is not removed too", () => {
    const run = rolledBack();
    run.pass(4);
    run.world.baseline = undefined;
    run.finish();

    expect(run.status.outcome).toMatchObject({ word: "error", reason: "BaselineGone" });
    expect(run.world).toMatchObject({ routed: 100, candidate: { ready: 1 } });
  });

  test("the baseline loses its pods during a rollback: neither is removed, and the candidate serves", () => {
    const run = rolledBack();
    run.world.baseline = pods(0, { problem: "container web: OOMKilled" });
    run.finish();

    expect(run.status.outcome).toEqual({
      word: "error",
      reason: "BaselineGone",
      sentence:
        "web-1 is there but has had no ready pod for 15 s, container web: OOMKilled: all traffic goes to web-2, which was not judged; web-1 was left as it is.",
    });
    expect(run.world).toMatchObject({ routed: 100, baseline: { ready: 0 }, candidate: { ready: 1 } });
    expect(run.effects.some(({ do: what }) => what === "remove" || what === "release-route")).toBe(false);
  });

  test("the baseline has no pods for a moment only: the traffic waits for it where it is", () => {
    const run = rolledBack();
    const { routed } = run.world;
    run.world.baseline = pods(0);
    run.pass(14);
    expect(run.world).toMatchObject({ routed, candidate: { ready: 1 } });
    run.world.baseline = pods(1);
    run.finish();

    expect(run.status.outcome?.word).toBe("rolled-back");
    expect(run.world).toMatchObject({ routed: 0, candidate: undefined });
  });

  test("the drain starts anew: nothing that the first verdict had seen counts", () => {
    const run = promoted();
    run.pass(9);
    run.world.candidate = pods(0);
    const turned = run.seconds;
    run.finish();

    expect(run.seconds - turned).toBeGreaterThanOrEqual(10);
  });
});

test("a process that goes on after any kill ends at the same place", () => {
  for (let kill = 0; kill < 60; kill += 1) {
    const plan = planWith({ maxIterations: 1 });
    const run = startRun(plan);
    run.pass(kill);
    run.restart();
    run.finish();

    expect(run.status.outcome?.word).toBe("promoted");
    expect(run.world).toMatchObject({ routed: 100, baseline: undefined });
  }
});
