/** What holds for the loop whatever it sees, in whatever order. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ExperimentStatus } from "../../../../steps/lib/experiment/schema.ts";
import { experimentStatus } from "../../../../steps/lib/experiment/schema.ts";
import { initialStatus } from "../../../../steps/lib/experiment/status.ts";
import { decide } from "../../../../steps/lib/loop/decide.ts";
import { isCheckDue } from "../../../../steps/lib/loop/due.ts";
import type { Observation, Plan } from "../../../../steps/lib/loop/model.ts";
import { latency, measured, planWith, pods, START } from "./run.ts";

const workload = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.boolean(), fc.boolean(), fc.boolean())
  .map(([ready, available, autoscaled, gaveUp]) =>
    pods(ready, { desired: 4, available: available && ready > 0, autoscaled, gaveUp }),
  );
const mostly = <T>(likely: T, arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(likely) }, { weight: 1, arbitrary });
const value = fc.option(fc.constantFrom(0, 60, 200, 300, Number.POSITIVE_INFINITY), { nil: undefined });
const numbers = fc.tuple(value, fc.constantFrom(0, 3, 5, 100));

/** What is seen at one moment, and how long after the moment before. */
const moment = fc.record({
  seconds: fc.constantFrom(0, 1, 1, 1, 29, 30, 95, 4000),
  action: mostly<Observation["action"]>(
    "",
    fc.constantFrom(
      "pause" as const,
      "resume" as const,
      "override_success" as const,
      "override_failure" as const,
    ),
  ),
  wish: mostly<object>(
    {},
    fc.constantFrom<object>(
      { supersededBy: "abc1234" },
      { ended: "Cancelled" },
      { deleted: true },
      { applyFailed: "x" },
    ),
  ),
  baseline: mostly(pods(2), fc.option(workload, { nil: undefined })),
  candidate: mostly(pods(2), fc.option(workload, { nil: undefined })),
  routed: mostly<"as asked" | number | undefined>("as asked", fc.constantFrom(undefined, 0, 55, 100)),
  resumed: mostly(false, fc.constant(true)),
  answer: mostly({ ok: true }, fc.constant({ ok: false })),
  readings: fc.tuple(numbers, numbers),
  loser: mostly<Observation["loser"]>(
    "stopped",
    fc.constantFrom("flowing", "unseen", "unreadable", undefined),
  ),
});
type Moment = typeof moment extends fc.Arbitrary<infer T> ? T : never;

const plans = fc
  .record({
    strategy: fc.constantFrom("check_and_increment" as const, "increment_without_check" as const),
    kind: fc.constantFrom("Deployment" as const, "Service" as const),
    baseline: mostly<string | undefined>("web-1", fc.constant(undefined)),
    maxWeight: fc.constantFrom(10, 33.5, 80, 100),
    stepSize: fc.constantFrom(0, 2.5, 20, 60),
    maxIterations: fc.integer({ min: 1, max: 4 }),
    onInconclusive: fc.constantFrom("rollback" as const, "promote" as const),
    onSuccess: fc.constantFrom("candidate" as const, "baseline" as const),
    stopOnFailure: fc.boolean(),
    drainMs: fc.constantFrom(0, 10_000),
  })
  .map(({ stopOnFailure, ...change }) => planWith({ ...change, criteria: [{ ...latency, stopOnFailure }] }));

function observe(plan: Plan, status: ExperimentStatus, one: Moment, now: number): Observation {
  const weight = status.loop?.weights?.at(-1)?.candidate ?? 0;
  const { action, wish, baseline, candidate, routed, resumed, answer, readings, loser } = one;
  return {
    action,
    ...wish,
    baseline: plan.baseline === undefined ? undefined : baseline,
    candidate,
    routed: plan.baseline === undefined ? undefined : routed === "as asked" ? weight : routed,
    resumed,
    ...(isCheckDue(plan, status, now) && {
      readings: answer.ok ? measured(...readings) : ({ ok: false, why: "away" } as const),
    }),
    ...(loser !== undefined && { loser }),
  };
}

/** Plays the moments; `each` sees every decision. The driver records `completed` at once, as after effects that succeed. */
function play(
  plan: Plan,
  moments: readonly Moment[],
  each: (step: {
    readonly before: ExperimentStatus;
    readonly seen: Observation;
    readonly now: number;
    readonly decision: ReturnType<typeof decide>;
  }) => void,
): void {
  let status = initialStatus(START);
  let now = START;
  for (const one of moments) {
    now += one.seconds * 1000;
    const seen = observe(plan, status, one, now);
    const decision = decide(plan, status, seen, now);
    each({ before: status, seen, now, decision });
    status = decision.completed ?? decision.status;
  }
}

const moments = fc.array(moment, { minLength: 10, maxLength: 60 });
const always = (check: (plan: Plan, moments: readonly Moment[]) => void) =>
  fc.assert(fc.property(plans, moments, check), { numRuns: 300 });

test("before the verdict a weight is between nothing and the user's maximum, and the candidate has the pods for it", () => {
  always((plan, sequence) =>
    play(plan, sequence, ({ seen, decision }) => {
      if (decision.status.loop?.verdict !== undefined && decision.effects.length === 0) return;
      for (const effect of decision.effects) {
        if (effect.do !== "route" || decision.status.loop?.verdict?.winner !== undefined) continue;
        expect(effect.candidate).toBeGreaterThanOrEqual(0);
        expect(effect.candidate).toBeLessThanOrEqual(plan.maxWeight);
        expect(Number.isInteger(effect.candidate)).toBe(true);
        if (effect.candidate > 0) expect(seen.candidate?.ready ?? 0).toBeGreaterThan(0);
      }
    }),
  );
});

test("the recorded split always adds up to 100 and follows the weights", () => {
  always((plan, sequence) =>
    play(plan, sequence, ({ decision }) => {
      for (const status of [decision.status, decision.completed ?? decision.status]) {
        const { baseline = 0, candidate = 0 } = status.trafficSplitPercentage ?? {};
        expect(baseline + candidate).toBe(100);
      }
    }),
  );
});

test("a verdict is never lost, and only a verdict completes an experiment", () => {
  always((plan, sequence) =>
    play(plan, sequence, ({ before, decision }) => {
      if (before.loop?.verdict !== undefined) expect(decision.status.loop?.verdict).toBeDefined();
      if (decision.completed !== undefined) {
        expect(decision.completed.outcome?.word).toBe(before.loop?.verdict?.word);
        expect(decision.completed).toMatchObject({ phase: "Completed" });
      }
    }),
  );
});

test("a completed status is never changed, and nothing is done about it", () => {
  always((plan, sequence) =>
    play(plan, sequence, ({ before, decision }) => {
      if (before.phase !== "Completed") return;
      expect(decision.status).toBe(before);
      expect(decision.effects).toEqual([]);
      expect(decision.completed).toBeUndefined();
    }),
  );
});

test("no version is removed that the route still gives something, nor the last one", () => {
  always((plan, sequence) =>
    play(plan, sequence, ({ before, seen, decision }) => {
      for (const effect of decision.effects) {
        if (effect.do !== "remove" || plan.baseline === undefined) continue;
        const isCandidate = effect.deployment === plan.candidate;
        expect(seen.routed ?? (isCandidate ? 0 : 100)).toBe(isCandidate ? 0 : 100);
        expect(before.loop?.verdict?.winner).toBe(isCandidate ? "baseline" : "candidate");
        const other = isCandidate ? seen.baseline : seen.candidate;
        const itself = isCandidate ? seen.candidate : seen.baseline;
        if ((itself?.ready ?? 0) > 0) expect(other?.ready ?? 0).toBeGreaterThan(0);
        expect(plan.kind).toBe("Deployment");
      }
    }),
  );
});

test("after the verdict nothing is moved to a version without ready pods while the other one has some", () => {
  always((plan, sequence) =>
    play(plan, sequence, ({ before, seen, decision }) => {
      if (before.loop?.verdict === undefined) return;
      for (const effect of decision.effects) {
        if (effect.do !== "route") continue;
        const [to, other] =
          effect.candidate === 0 ? [seen.baseline, seen.candidate] : [seen.candidate, seen.baseline];
        if ((other?.ready ?? 0) > 0) expect(to?.ready ?? 0).toBeGreaterThan(0);
      }
    }),
  );
});

test("the same status, observation and time give the same decision, and none of them is touched", () => {
  always((plan, sequence) =>
    play(deepFreeze(plan), sequence, ({ before, seen, now, decision }) => {
      expect(decide(deepFreeze(plan), deepFreeze(before), deepFreeze(seen), now)).toEqual(decision);
    }),
  );
});

test("what is recorded comes back from the API as it was", () => {
  always((plan, sequence) =>
    play(plan, sequence, ({ decision }) => {
      const stored: unknown = JSON.parse(JSON.stringify(decision.completed ?? decision.status));
      expect(experimentStatus.parse(stored)).toEqual(stored);
    }),
  );
});

/** Maps cannot be frozen; the loop only ever reads the readings. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
