/** The cluster's API was away: who follows it hears late of pods that are new or gone, and users must not notice. */
import { describe, expect, test } from "vitest";
import { measured, planWith, pods, type Run, START, startRun } from "./run.ts";

/** An outage that ended `seconds` after the start of the run. */
const outage = (seconds: number, lastedMs = 20_000) => ({ endedAt: START + seconds * 1000, lastedMs });
const releasedAt = (run: Run): number => {
  const from = run.effects.length;
  while (!run.effects.slice(from).some((effect) => effect.do === "release-route")) run.decide();
  return run.seconds;
};
function decided(run: Run): Run {
  while (run.status.loop?.verdict === undefined) run.decide();
  return run;
}

describe("after an outage of 20 s", () => {
  test.each(["candidate", "baseline"] as const)("the route names the winning %s for 90 s", (winner) => {
    const run = decided(
      startRun(planWith({ maxIterations: 2 }), {
        check: () => measured([winner === "candidate" ? 60 : 300, 1000]),
      }),
    );
    const ended = run.seconds;
    run.world.outage = outage(ended);

    expect(releasedAt(run) - ended).toBe(90);
    expect(run.effects).toContainEqual({ do: "release-route", winner });
    expect(run.status).toMatchObject({ phase: "Completed", outcome: expect.anything() });
    expect(run.lines.filter(({ text }) => text.includes("API was away"))).toEqual([
      {
        level: "info",
        text:
          "The cluster's API was away: for 1m30s its controllers and the mesh may not know which pods are new or gone. " +
          "Until then no version gets its first traffic, and the route names the versions.",
      },
    ]);
  });

  test("a process that takes over waits as well", () => {
    const run = decided(startRun(planWith({ maxIterations: 1 })));
    const ended = run.seconds;
    run.world.outage = outage(ended);
    run.pass(30);
    delete run.world.outage;
    run.restart();

    expect(releasedAt(run) - ended).toBe(90);
  });

  test("the candidate gets its first traffic when the mesh knows its pods", () => {
    const run = startRun(planWith());
    run.world.outage = outage(0);
    run.pass(89);

    expect(run.effects.filter((effect) => effect.do === "route")).toEqual([]);

    run.pass(10);

    expect(run.world.routed).toBe(20);
  });

  test("one that has traffic gets more, as it would have", () => {
    const run = startRun(planWith());
    run.pass(31);
    const before = run.world.routed;
    run.world.outage = outage(31);
    run.pass(30);

    expect(run.world.routed).toBe((before ?? 0) + 20);
  });

  test("a promotion by hand of a candidate without traffic waits while the baseline serves", () => {
    const run = startRun(planWith(), { action: "override_success", outage: outage(0) });
    run.pass(60);

    expect(run.status.loop?.verdict?.winner).toBe("candidate");
    expect(run.world.routed).toBe(0);

    run.world.baseline = pods(0, { desired: 1 });
    run.pass(1);

    expect(run.world.routed).toBe(100);
  });

  test("a loser that is left running keeps its route, so nothing is waited for", () => {
    const run = decided(startRun(planWith({ maxIterations: 1 }), { loser: "flowing" }));
    run.pass(150);
    const before = run.seconds;
    run.world.outage = outage(before);
    run.finish();

    expect(run.status.loop?.leftOver).toMatch(/^web-1 was left running/);
    expect(run.seconds - before).toBeLessThan(30);
  });
});

test.each([
  [1000, 5],
  [10_000, 50],
  [3_600_000, 90],
])("an outage of %i ms counts for %i s more", (lastedMs, seconds) => {
  const run = startRun(planWith());
  run.world.outage = outage(0, lastedMs);
  while (run.world.routed === 0) run.decide();

  expect(run.seconds).toBe(seconds);
});
