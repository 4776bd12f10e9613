/** What all evidence together suffices for. */
import { describe, expect, test } from "vitest";
import { startEvidence } from "../../../../../steps/lib/loop/evidence/evidence.ts";
import type { CriterionStanding, Poll } from "../../../../../steps/lib/loop/evidence/model.ts";
import { standing } from "../../../../../steps/lib/loop/evidence/standing.ts";
import { seeded } from "./draws.ts";
import {
  counted,
  delta,
  drawn,
  limit,
  pollsUntil,
  pollWith,
  ruleWith,
  slow,
  standingAfter,
  tally,
  times,
} from "./run.ts";

/** The default experiment. */
const rule = ruleWith({ criteria: [limit, delta, slow] });
const fine = tally([0, 100], [1, 900]);
const broken = tally([100, 100], [1, 900]);
/** Errors, and requests that are too slow. */
const poll = (errors = fine, slower = fine): Poll => ({
  weight: 10,
  requests: errors,
  criteria: [counted(errors), counted(errors), counted(slower)],
});
const odds = (criteria: readonly CriterionStanding[]) => criteria.map((own) => own.against);

describe("odds against the candidate", () => {
  test("are the criteria's in equal parts and a tenth of starvation's", () => {
    const { against, criteria, starvation } = standingAfter(rule, [poll(tally([2, 100], [1, 900]))]);
    const sum = odds(criteria).reduce((all, one) => all + 0.3 * one, 0.1 * starvation.against);

    expect(against).toBeCloseTo(sum, 9);
  });

  test("name what weighs most when they suffice", () => {
    expect(
      standingAfter(
        rule,
        times(3, () => poll(broken)),
      ).abort,
    ).toEqual({ by: 1 });
    expect(
      standingAfter(
        rule,
        times(3, () => poll(fine, broken)),
      ).abort,
    ).toEqual({ by: 2 });
  });

  test("of several criteria add up, although none suffices alone", () => {
    // With 0.5 % errors of the baseline both criteria about errors allow 1 %.
    const suspicious = poll(tally([1, 40], [2, 400]), tally([1, 40], [2, 400]));
    const polls =
      pollsUntil(
        rule,
        () => suspicious,
        ({ abort }) => abort !== undefined,
      ) ?? 0;
    const { abort, criteria } = standingAfter(
      rule,
      times(polls, () => suspicious),
    );

    expect(abort).toBeDefined();
    expect(Math.max(...criteria.map((own) => own.withoutWorst))).toBeLessThan(100 / 0.3);
  });

  test("are needed 100:1 when one in a hundred may be wrong, and 1000:1 when one in a thousand", () => {
    const needed = (falseAbort: number) =>
      pollsUntil(
        { ...rule, falseAbort },
        () => poll(tally([1, 20], [0, 180])),
        ({ abort }) => abort !== undefined,
      );

    expect(standingAfter({ ...rule, falseAbort: 0.001 }, [])).toMatchObject({ needAgainst: 1000 });
    expect(needed(0.001)).toBeGreaterThan(needed(0.01) ?? Number.NaN);
  });
});

describe("no single poll can abort", () => {
  const glitch = [...times(10, () => poll()), poll(tally([5000, 5000], [1, 900])), poll()];

  test("however bad it is", () => {
    const standing = standingAfter(rule, glitch);

    expect(standing.against).toBeGreaterThan(1e100);
    expect(standing.withoutWorst).toBeLessThan(1);
    expect(standing.abort).toBeUndefined();
  });

  test("unless the user wants that", () => {
    expect(standingAfter({ ...rule, ignoreWorstPoll: false }, glitch).abort).toEqual({ by: 1 });
  });

  test("two can", () => {
    expect(standingAfter(rule, [...glitch, poll(tally([20, 100], [1, 900]))]).abort).toBeDefined();
  });
});

describe("a promotion", () => {
  const patient = ruleWith({ criteria: [limit, delta] });
  const clean = pollWith(patient, 10, fine);

  test("needs every criterion", () => {
    const unsure = (slower: Poll["criteria"][number]): Poll => ({
      ...poll(),
      criteria: [counted(fine), counted(fine), slower],
    });

    expect(
      standingAfter(
        rule,
        times(20, () => unsure(counted(fine))),
      ).promote,
    ).toBe(true);
    expect(
      standingAfter(
        rule,
        times(20, () => unsure(counted(tally([1, 100], [1, 900])))),
      ).promote,
    ).toBe(false);
    expect(
      standingAfter(
        rule,
        times(20, () => unsure(undefined)),
      ).promote,
    ).toBe(false);
  });

  test("needs the evidence now: what was earned can be lost", () => {
    const polls =
      pollsUntil(
        patient,
        () => clean,
        ({ promote }) => promote,
      ) ?? 0;
    const earned = times(polls, () => clean);
    const late = [...earned, pollWith(patient, 10, tally([6, 100], [1, 900]))];

    expect(standingAfter(patient, earned)).toMatchObject({ promote: true, needFor: 20 });
    expect(standingAfter(patient, late).promote).toBe(false);
  });

  test("of nothing to be judged is none", () => {
    expect(
      standingAfter(
        ruleWith({ criteria: [] }),
        times(20, () => pollWith(patient, 10, fine)),
      ).promote,
    ).toBe(false);
  });
});

describe("the default experiment", () => {
  const start = { ...rule, steps: [0.2, 5, 10, 20, 50] };

  test("rolls a candidate back that fails always after two polls of ten requests", () => {
    const polls = pollsUntil(
      start,
      () => pollWith(start, 0.2, tally([10, 10], [5, 4990])),
      ({ abort }) => abort !== undefined,
    );

    expect(polls).toBe(2);
  });

  test("needs at most three times what anybody needs for 5 % errors, with ten requests in a poll", () => {
    const random = seeded(7);
    const needed = times(200, () => {
      const polls = pollsUntil(
        { ...start, steps: [2] },
        () => drawn(random, start, 2, { candidate: 0.05, baseline: 0.001 }),
        ({ abort }) => abort !== undefined,
      );
      return 10 * (polls ?? 1000);
    });
    const mean = needed.reduce((sum, requests) => sum + requests, 0) / needed.length;

    // ln(100) / min over u of kl(5 %, u + 0.5 points) + 49 kl(0.1 %, u) = 73.8 requests of the candidate.
    expect(mean).toBeLessThan(3 * 73.8);
  });

  test("leaves both versions alone in an incident that both have", () => {
    const random = seeded(9);
    const runs = times(30, () =>
      pollsUntil(
        start,
        (index) => {
          const failing = index >= 10 && index < 22 ? 0.05 : 0.001;
          return drawn(random, start, 10, { candidate: failing, baseline: failing });
        },
        ({ abort }) => abort !== undefined,
        40,
      ),
    );

    expect(runs).toEqual(times(30, () => undefined));
  });
});

test("the evidence of another rule is an error that names what it lacks", () => {
  const evidence = startEvidence(ruleWith({ criteria: [limit] }));

  expect(() => standing(ruleWith({ criteria: [limit, delta] }), evidence)).toThrow(
    "the evidence has no criterion errors",
  );
});
