/** The rules of others do what their sources and documents say. Time is in seconds here; every request is in its place. */
import { describe, expect, test } from "vitest";
import { argoRollouts } from "../../bench/detection/rules/argo-rollouts.ts";
import { flagger } from "../../bench/detection/rules/flagger.ts";
import { iter8, mean } from "../../bench/detection/rules/iter8.ts";
import { isHigh, kayenta } from "../../bench/detection/rules/kayenta.ts";
import { shiftOf } from "../../bench/detection/rules/mann-whitney.ts";
import type { Rule } from "../../bench/detection/rules/rule.ts";
import { peekingZTest, zOf } from "../../bench/detection/rules/z-test.ts";
import { SLOT_MS, type Stream } from "../../bench/detection/stream.ts";
import { behaviour, SLOW_MS, type World } from "../../bench/detection/world.ts";

interface Told {
  readonly rps?: number;
  /** Failed requests of the candidate: a share, at a time in seconds. */
  readonly errors: (seconds: number) => number;
  readonly baseline?: number;
  readonly answers?: boolean;
}

/** Exactly the expected counts in each slot, no chance. */
function streamOf({ rps = 1000, errors, baseline = 0.001, answers = true }: Told): Stream {
  const still = behaviour([SLOW_MS]);
  const world: World = {
    rps,
    edges: [SLOW_MS],
    phases: [{ fromMs: 0, candidate: still, baseline: still }],
    badIs: "an error",
    faultMs: 0,
  };
  return {
    world,
    weights: [5, 10, 20, 50],
    empty: () => ({
      sent: 0,
      candidate: { requests: 0, bad: [0, 0] },
      baseline: { requests: 0, bad: [0, 0] },
    }),
    add(counts, slot, weight, share = 1) {
      const all = (share * rps * SLOT_MS) / 1000;
      const candidate = answers ? (all * weight) / 100 : 0;
      counts.sent += (all * weight) / 100;
      for (const [answered, requests, failed] of [
        [counts.candidate, candidate, errors((slot * SLOT_MS) / 1000)],
        [counts.baseline, all * (1 - weight / 100), baseline],
      ] as const) {
        answered.requests += requests;
        answered.bad[0] = (answered.bad[0] ?? 0) + requests * failed;
      }
    },
    history: () => [],
  };
}

const decide = (rule: Rule, told: Told) => {
  const { end, atMs, weights } = rule.decide(streamOf(told), { scrapeMs: 5000, kind: 0, startMs: 0 });
  return { end, at: atMs / 1000, weights: weights.map(({ weight }) => weight) };
};

const FINE: Told = { errors: () => 0.001 };
const BROKEN: Told = { errors: () => 1 };

describe("Flagger, threshold 5", () => {
  test("rolls back on the tick after the fifth failed check, and never advances on a failed one", () => {
    expect(decide(flagger(60_000), BROKEN)).toEqual({ end: "rolled back", at: 360, weights: [5] });
    expect(decide(flagger(10_000), BROKEN)).toEqual({ end: "rolled back", at: 60, weights: [5] });
  });

  test("advances with each passed check and promotes after the last weight", () => {
    expect(decide(flagger(60_000), FINE)).toEqual({ end: "promoted", at: 240, weights: [5, 10, 20, 50] });
  });

  test("failed checks are not forgotten when others pass between them", () => {
    const flapping = decide(flagger(60_000), { errors: (seconds) => (seconds % 180 < 120 ? 0.5 : 0) });

    expect(flapping).toEqual({ end: "rolled back", at: 480, weights: [5, 10, 20] });
  });

  test("no data is a failed check", () => {
    expect(decide(flagger(60_000), { ...FINE, answers: false }).end).toBe("rolled back");
  });
});

describe("Argo Rollouts", () => {
  test("with the default failureLimit 0 the first failed measurement ends it", () => {
    expect(decide(argoRollouts(60_000, 0), BROKEN)).toEqual({ end: "rolled back", at: 60, weights: [5] });
  });

  test("the steps go on while failures are within the limit", () => {
    const some = decide(argoRollouts(60_000, 1), { errors: (seconds) => (seconds < 60 ? 0.5 : 0) });

    expect(some).toEqual({ end: "promoted", at: 240, weights: [5, 10, 20, 50] });
    expect(decide(argoRollouts(60_000, 1), BROKEN)).toEqual({
      end: "rolled back",
      at: 120,
      weights: [5, 10],
    });
  });

  test("five measurements in a row without a value end it, 10 s apart; the steps went on", () => {
    const hung = decide(argoRollouts(60_000, 0), { ...FINE, answers: false });

    expect(hung).toEqual({ end: "rolled back", at: 100, weights: [5, 10] });
  });
});

describe("Iter8 v0.2 with stopOnFailure", () => {
  test("stops at the first check with enough samples", () => {
    expect(decide(iter8("threshold"), BROKEN)).toEqual({ end: "rolled back", at: 30, weights: [5] });
  });

  test("fewer than 10 samples never stop it, and do not promote it either", () => {
    expect(decide(iter8("threshold"), { ...BROKEN, rps: 0.5 })).toEqual({
      end: "rolled back",
      at: 240,
      weights: [5],
    });
  });

  test("delta is relative, so a baseline without errors forgives nothing", () => {
    expect(decide(iter8("delta"), { errors: () => 0.002, baseline: 0 }).end).toBe("rolled back");
  });

  test("values are rounded to three decimals", () => {
    expect(decide(iter8("delta"), { errors: () => 0.0014, baseline: 0.001 }).end).toBe("promoted");
    expect(decide(iter8("delta"), { errors: () => 0.0016, baseline: 0.001 }).end).toBe("rolled back");
  });

  test("latency is the mean of all answers", () => {
    // Two up to 10 ms, one up to 40 ms, one beyond.
    expect(mean([10, 40], { requests: 4, bad: [0, 2, 1] })).toBeCloseTo(
      (2 * Math.sqrt(50) + 20 + Math.sqrt(3200)) / 4,
    );
  });
});

describe("Kayenta", () => {
  test("judges once per 10 minutes and moves no traffic", () => {
    const noisy = (share: number) => (seconds: number) => share * (1 + 0.1 * Math.sin(seconds));

    expect(decide(kayenta(), { errors: noisy(0.05) })).toEqual({
      end: "rolled back",
      at: 600,
      weights: [5],
    });
    expect(decide(kayenta(), { errors: noisy(0.001) })).toEqual({ end: "promoted", at: 1800, weights: [5] });
  });

  test("a shift counts when its 98 % interval is beyond a quarter of its estimate", () => {
    const low = Array.from({ length: 50 }, (_, index) => index / 10);

    expect(
      isHigh(
        low.map((value) => value + 3),
        low,
      ),
    ).toBe(true);
    expect(
      isHigh(
        low.map((value) => value + 0.3),
        low,
      ),
    ).toBe(false);
    expect(
      isHigh(
        low,
        low.map((value) => value + 3),
      ),
    ).toBe(false);
  });

  test("equal series, one value everywhere and no data pass", () => {
    expect([isHigh([1, 2], [2, 1]), isHigh([3, 3], [3]), isHigh([Number.NaN], [1])]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("the estimate is Hodges' and Lehmann's: the median of all differences", () => {
    const x = [3.1, 4.7, 5.2, 9.9, 6.3];
    const y = [1.2, 2.4, 2.9, 0.3];
    const differences = x.flatMap((a) => y.map((b) => a - b)).sort((a, b) => a - b);
    const median = ((differences[9] ?? 0) + (differences[10] ?? 0)) / 2;

    // Anything between the two middle differences is one.
    expect(Math.abs(shiftOf(x, y, 2.33).estimate - median)).toBeLessThan(
      (differences[10] ?? 0) - (differences[9] ?? 0) + 1e-3,
    );
  });
});

describe("the z-test that looks again and again", () => {
  test("is the textbook's", () => {
    expect(zOf(15, 100, 5, 100)).toBeCloseTo(2.357, 3);
    expect([zOf(0, 0, 1, 10), zOf(0, 10, 0, 10)]).toEqual([0, 0]);
  });

  test("stops at the first look that is significant", () => {
    expect(decide(peekingZTest(), BROKEN)).toEqual({ end: "rolled back", at: 5, weights: [5] });
    expect(decide(peekingZTest(), FINE)).toEqual({ end: "promoted", at: 240, weights: [5, 10, 20, 50] });
  });
});
