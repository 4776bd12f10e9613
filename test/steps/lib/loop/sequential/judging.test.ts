/** What a run does after each poll, with the evidence given: the words, the order of the tests, the weights. */
import { describe, expect, test } from "vitest";
import type { ExperimentStatus } from "../../../../../steps/lib/experiment/schema.ts";
import { sequentialSettings } from "../../../../../steps/lib/experiment/sequential.ts";
import { initialStatus } from "../../../../../steps/lib/experiment/status.ts";
import type { CriterionStanding, Standing } from "../../../../../steps/lib/loop/evidence/model.ts";
import { begin, judge } from "../../../../../steps/lib/loop/judging.ts";
import type { Observation, SequentialPlan, WeighedPoll } from "../../../../../steps/lib/loop/model.ts";
import { planWith, pods, START } from "../run.ts";

const SECOND = 1000;
const POLL = 5 * SECOND;

const sequential: SequentialPlan = {
  ...sequentialSettings({
    strategy: "sequential",
    interval: "1m",
    maxIterations: 100,
    maxTrafficPercentage: 50,
    trafficStepSize: 2,
    onSuccess: "candidate",
  }),
  criteria: [
    {
      metric: "iter8_error_rate",
      unitMs: 1,
      measure: { kind: "bad" },
      claim: { ratio: 0, margin: 0.01 },
      orNoWorse: true,
    },
  ],
  selectors: {},
};
const plan = planWith({ strategy: "sequential", criteria: [], sequential });

const errors = (change: Partial<CriterionStanding> = {}): CriterionStanding => ({
  name: "errors",
  against: 0.4,
  withoutWorst: 0.3,
  for: 1.5,
  bothOver: false,
  tally: { candidate: { requests: 118, bad: 1 }, baseline: { requests: 12_700, bad: 14 } },
  ...change,
});

function standing(change: Partial<Standing> = {}, criterion: Partial<CriterionStanding> = {}): Standing {
  return {
    polls: 12,
    against: 0.4,
    withoutWorst: 0.3,
    needAgainst: 100,
    needFor: 20,
    abort: undefined,
    starvation: { against: 0.1, withoutWorst: 0.1, candidate: 118, baseline: 12_700, reached: true },
    criteria: [errors(criterion)],
    promote: false,
    allowed: 5,
    ...change,
  };
}

function poll(number: number, given: Standing, change: Partial<WeighedPoll> = {}): WeighedPoll {
  const requests = { candidate: 118, baseline: 2242 };
  return { number, to: START + number * POLL, weight: 5, requests, standing: given, ...change };
}

const seen: Observation = {
  action: "",
  baseline: pods(4),
  candidate: pods(4),
  routed: 5,
  resumed: false,
};

/** A run whose candidate has had one weight since the start, with the first `judged` polls behind it. */
function running(judged: number, weight = 5): ExperimentStatus {
  const counting = {
    start: new Date(START).toISOString(),
    pollMs: POLL,
    horizon: 360,
    burst: 1,
    firstWeight: 5,
    edges: {},
    judged,
    pods: 4,
    morePods: [],
  };
  const weights = [{ at: new Date(START).toISOString(), candidate: weight }];
  return { ...initialStatus(START), phase: "Progressing", loop: { counting, weights, wanted: weight } };
}

function judged(polls: readonly WeighedPoll[], status = running(11), at = START + 66 * SECOND) {
  const upTo = polls.at(-1)?.number ?? 12;
  return judge(plan, sequential, status, seen, { kind: "polls", polls, latest: polls.at(-1), upTo }, at);
}

const text = (lines: readonly { readonly text: string }[]) => lines.map((line) => line.text).join("\n");

test("the first look fixes what was measured and gives the first weight", () => {
  const measured = { pollMs: POLL, horizon: 360, burst: 1, firstWeight: 0.2, edges: {} };

  const { status, effects, lines } = begin(plan, initialStatus(START), seen, measured, START);

  expect(effects).toContainEqual({ do: "route", candidate: 0.2 });
  expect(status.loop?.counting).toMatchObject({ pollMs: POLL, horizon: 360, judged: 0 });
  expect(status.loop?.nextCheck).toBe(new Date(START + 11 * SECOND).toISOString());
  expect(text(lines)).toContain(
    "Evidence is weighed every 5s, the scrape interval; the first weight is 0.2 %.",
  );
});

describe("one poll", () => {
  test("odds that suffice roll back at once, in arithmetic that a person can check", () => {
    const bad = standing(
      { against: 310, withoutWorst: 140, abort: { by: 0 } },
      {
        against: 310,
        withoutWorst: 140,
        tally: { candidate: { requests: 118, bad: 9 }, baseline: { requests: 12_700, bad: 14 } },
      },
    );

    const { status, lines } = judged([poll(12, bad)]);

    expect(status.loop?.verdict).toMatchObject({
      word: "rolled-back",
      reason: "CriteriaFailed",
      winner: "baseline",
      sentence:
        "Rolled back to web-1 after 1m, web-2 failed: errors: candidate 9/118 (7.63 %), baseline 14/12700 (0.11 %), limit 1 %: 310:1 against it, 140:1 without the worst scrape; 140:1 without the worst scrape in all (need 100:1).",
    });
    expect(text(lines)).toContain("violated: errors: candidate 9/118");
    expect(status.assessment).toMatchObject({ abort_experiment: true, evidence: { odds_against: 310 } });
  });

  test("every criterion earned and the soak over: promoted", () => {
    const good = standing({ promote: true }, { for: 23, bound: 0.0093 });

    const { status } = judged([poll(12, good, { weight: 50 })], running(11, 50));

    expect(status.loop?.verdict).toMatchObject({
      word: "promoted",
      reason: "CriteriaMet",
      sentence: expect.stringContaining(
        "candidate 1/118 (0.847 %, bound 0.93 %), baseline 14/12700 (0.11 %), limit 1 %: 23:1 for it (need 20:1)",
      ),
    });
  });

  test("earned at a weight below the last step: goes on climbing, more load may show more", () => {
    const { status, effects } = judged([poll(12, standing({ promote: true, allowed: 50 }, { for: 23 }))]);

    expect(status.loop?.verdict).toBeUndefined();
    expect(effects).toContainEqual({ do: "route", candidate: 10 });
  });

  test("earned before the soak is over: goes on", () => {
    const { status } = judged([poll(11, standing({ promote: true }, { for: 23 }))], running(10));

    expect(status.loop?.verdict).toBeUndefined();
    expect(status.loop?.counting?.judged).toBe(11);
  });

  test("the risk budget allows more: one step, not all of them", () => {
    const { effects, lines } = judged([poll(12, standing({ allowed: 50 }))]);

    expect(effects).toContainEqual({ do: "route", candidate: 10 });
    expect(text(lines)).toContain("The risk budget allows 50 %.");
  });

  test("a poll of the weight before is no reason to climb on", () => {
    const { effects } = judged([poll(12, standing({ allowed: 50 }), { weight: 2 })]);

    expect(effects).toEqual([]);
  });

  test("both versions beyond the limit: held, and said so", () => {
    const both = standing(
      {},
      {
        bothOver: true,
        tally: { candidate: { requests: 100, bad: 5 }, baseline: { requests: 1900, bad: 95 } },
      },
    );

    const { status, lines } = judged([poll(12, both)]);

    expect(status.loop?.verdict).toBeUndefined();
    expect(text(lines)).toContain(
      "both-violate: errors: candidate 5/100 (5 %), baseline 95/1900 (5 %), limit 1 %: both versions are beyond it",
    );
  });
});

describe("what cannot be judged", () => {
  test("at the deadline says what is missing", () => {
    const { status } = judged([poll(360, standing({}, { for: 3 }))], running(359), START + 1_806_000);

    expect(status.loop?.verdict).toMatchObject({
      word: "rolled-back",
      reason: "Inconclusive",
      sentence: expect.stringContaining("could not be judged within 30m: errors: candidate 1/118 (0.847 %)"),
    });
    expect(status.loop?.verdict?.sentence).toContain("3:1 for it (need 20:1, about 200 more requests)");
  });

  test("is promoted when on-inconclusive asks for it and there was data", () => {
    const asked = { ...plan, onInconclusive: "promote" as const };
    const polls = [poll(360, standing())];

    const { status } = judge(
      asked,
      sequential,
      running(359),
      seen,
      { kind: "polls", polls, latest: polls[0], upTo: 360 },
      START + 1_806_000,
    );

    expect(status.loop?.verdict).toMatchObject({
      word: "promoted",
      sentence: expect.stringContaining("as on-inconclusive asks"),
    });
  });

  test("without a single poll that counts the deadline still comes", () => {
    const { status } = judged([], running(361), START + 1_811_000);

    expect(status.loop?.verdict).toMatchObject({
      reason: "Inconclusive",
      sentence:
        "Rolled back to web-1, web-2 could not be judged within 30m: no request of both versions could be counted.",
    });
  });

  test("a version that stopped answering failed; one that never answered may be the mesh's fault", () => {
    const starving = (reached: boolean) =>
      standing({
        abort: { by: "starvation" },
        starvation: { against: 4000, withoutWorst: 900, candidate: 0, baseline: 950, reached },
      });

    const stopped = judged([poll(12, starving(true))]).status.loop?.verdict;
    const never = judged([poll(12, starving(false))]).status.loop?.verdict;

    expect(stopped).toMatchObject({
      reason: "CriteriaFailed",
      sentence: expect.stringContaining("web-2 stopped answering"),
    });
    expect(never).toMatchObject({
      reason: "Inconclusive",
      sentence: expect.stringContaining(
        "web-2 hangs or the mesh does not follow the route: it answered 0 of 950 requests at weight 5 %",
      ),
    });
  });

  test("a split that stays off holds the weight first and ends the run after a minute", () => {
    const off = { requests: { candidate: 900, baseline: 1100 } };
    const early = { ...running(2), loop: { ...running(2).loop } };

    const held = judged([poll(3, standing({ allowed: 50 }), off)], early, START + 21 * SECOND);
    const ended = judged([poll(12, standing({ allowed: 50 }), off)]);

    expect(held.effects).toEqual([]);
    expect(text(held.lines)).toContain(
      "The candidate got 45 % of 2000 requests where the route says 5 %. No further step until the mesh follows.",
    );
    expect(ended.status.loop?.verdict).toMatchObject({
      reason: "Inconclusive",
      sentence: expect.stringContaining("load bypasses the mesh"),
    });
  });
});

test("polls that nobody judged are judged in order: the first that suffices decides", () => {
  const bad = standing({ against: 310, abort: { by: 0 } }, { against: 310 });
  const polls = [poll(12, standing()), poll(13, bad), poll(14, standing({ promote: true }))];

  const { status } = judged(polls, running(11), START + 300 * SECOND);

  expect(status.loop?.verdict).toMatchObject({
    word: "rolled-back",
    sentence: expect.stringContaining("after 1m5s"),
  });
});
