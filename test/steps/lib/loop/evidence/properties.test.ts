/** What holds for the evidence whatever is counted. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addPoll, startEvidence } from "../../../../../steps/lib/loop/evidence/evidence.ts";
import type {
  CriterionCounts,
  EvidenceCriterion,
  Poll,
  Rule,
  Standing,
  Tally,
} from "../../../../../steps/lib/loop/evidence/model.ts";
import { standing } from "../../../../../steps/lib/loop/evidence/standing.ts";
import { seeded } from "./draws.ts";
import { counted, delta, drawn, limit, ruleWith, slow, standingAfter, tally, times, weighed } from "./run.ts";

const EDGES = [50, 500];
const everyKind: readonly EvidenceCriterion[] = [
  limit,
  delta,
  { kind: "edges", name: "edges", claim: { ratio: 1, margin: 0.01 } },
  { kind: "mean", name: "mean", claim: { ratio: 1.1, margin: 0 }, edges: EDGES },
  { kind: "mean", name: "mean limit", claim: { ratio: 0, margin: 100 }, edges: EDGES },
];
const rules = fc
  .record({
    ignoreWorstPoll: fc.boolean(),
    burst: fc.constantFrom(1, 4),
    horizon: fc.constantFrom(1, 5, 360),
    falseAbort: fc.constantFrom(0.01, 1e-6),
  })
  .map((change) => ruleWith({ ...change, steps: [0.1, 5, 50, 100], criteria: everyKind }));

const requests = fc.constantFrom(0, 0, 1, 2, 10, 500, 1e7);
const part = fc.constantFrom(0, 0.5, 1);
const tallies = fc
  .tuple(requests, part, requests, part)
  .map(([own, bad, others, otherBad]) =>
    tally([Math.floor(own * bad), own], [Math.floor(others * otherBad), others]),
  );
const bucket = fc.array(requests, { minLength: 3, maxLength: 3 });
const polls = fc
  .record({
    weight: fc.constantFrom(0, 0.1, 5, 50, 100),
    requests: tallies,
    share: fc.option(tallies, { nil: undefined }),
    edges: fc.array(tallies, { minLength: 2, maxLength: 2 }),
    candidate: bucket,
    baseline: bucket,
  })
  .map(({ weight, requests, share, edges, candidate, baseline }): Poll => {
    const mean: CriterionCounts = { kind: "mean", candidate, baseline };
    const shares = share && counted(share);
    return { weight, requests, criteria: [shares, shares, { kind: "edges", edges }, mean, mean] };
  });
const histories = fc.array(polls, { maxLength: 12 });

/** Every number that is told. */
function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

test("every number is finite and no odds are negative: no requests, no baseline, all errors, none, millions", () => {
  fc.assert(
    fc.property(rules, histories, (rule, history) => {
      const numbers = numbersOf(standingAfter(rule, history));

      expect(numbers.filter((number) => !Number.isFinite(number) || number < 0)).toEqual([]);
      expect(numbersOf(weighed(rule, history)).filter((number) => !Number.isFinite(number))).toEqual([]);
    }),
    { numRuns: 80 },
  );
});

test("evidence is plain data: stored and read in the middle it goes on as if nothing had been", () => {
  fc.assert(
    fc.property(rules, histories, fc.nat(12), (rule, history, at) => {
      const stored: unknown = JSON.parse(JSON.stringify(weighed(rule, history.slice(0, at))));
      const resumed = weighed(rule, history.slice(at), stored as ReturnType<typeof startEvidence>);

      expect(standing(rule, resumed)).toEqual(standingAfter(rule, history));
    }),
    { numRuns: 50 },
  );
});

test("evidence of a thousand polls is no larger than that of a hundred", () => {
  const rule = ruleWith({ criteria: [limit, delta, slow] });
  const random = seeded(4);
  const suspicious = times(1000, () => drawn(random, rule, 10, { candidate: 0.012, baseline: 0.005 }));
  const numbers = (count: number) => numbersOf(weighed(rule, suspicious.slice(0, count))).length;

  // Copies without one poll are dropped and merged, so the count goes up and down a little.
  expect(numbers(1000)).toBeLessThan(1.5 * numbers(100));
});

test("nothing that was there before a poll is changed by it", () => {
  fc.assert(
    fc.property(rules, histories, polls, (rule, history, next) => {
      const before = deepFreeze(weighed(rule, history));

      expect(addPoll(deepFreeze(rule), before, deepFreeze(next)).polls).toBe(history.length + 1);
    }),
    { numRuns: 50 },
  );
});

test("one more bad request never lowers the odds against the candidate, nor raises those for it", () => {
  const rule = ruleWith({ criteria: [limit, delta, slow] });
  const modest = fc
    .record({
      own: fc.integer({ min: 1, max: 40 }),
      bad: fc.nat(3),
      others: fc.integer({ min: 0, max: 400 }),
      otherBad: fc.nat(4),
    })
    .map(({ own, bad, others, otherBad }) =>
      tally([Math.min(bad, own), own], [Math.min(otherBad, others), others]),
    );
  const play = (all: readonly Tally[]) =>
    standingAfter(
      rule,
      all.map((one) => ({ weight: 10, requests: one, criteria: times(3, () => counted(one)) })),
    );
  fc.assert(
    fc.property(fc.array(modest, { minLength: 1, maxLength: 14 }), fc.nat(13), (history, at) => {
      const worse = history.map(({ candidate, baseline }, index) => ({
        baseline,
        candidate: { ...candidate, bad: Math.min(candidate.requests, candidate.bad + Number(index === at)) },
      }));
      const [before, after] = [play(history), play(worse)];

      expect(after.against).toBeGreaterThanOrEqual(before.against * (1 - 1e-9));
      expect(after.withoutWorst).toBeGreaterThanOrEqual(before.withoutWorst * (1 - 1e-9));
      after.criteria.forEach((own, index) => {
        expect(own.for).toBeLessThanOrEqual((before.criteria[index]?.for ?? 0) * (1 + 1e-9));
      });
    }),
    { numRuns: 150 },
  );
});

describe("any one poll replaced by garbage never aborts an otherwise clean run", () => {
  const rule = ruleWith({ criteria: [limit, delta, slow] });
  const random = seeded(31);
  const runs = times(8, () =>
    times(24, () => drawn(random, rule, 10, { candidate: 0.001, baseline: 0.001 })),
  );

  test("whatever it counts", () => {
    fc.assert(
      fc.property(fc.nat(7), fc.nat(23), tallies, tallies, (run, at, errors, slower) => {
        const garbage: Poll = {
          weight: 10,
          requests: errors,
          criteria: [counted(errors), counted(errors), counted(slower)],
        };
        const history = (runs[run] ?? []).map((poll, index) => (index === at ? garbage : poll));

        expect(abortedAt(rule, history)).toBe(-1);
      }),
      { numRuns: 100 },
    );
  });
});

function abortedAt(rule: Rule, history: readonly Poll[]): number {
  let evidence = startEvidence(rule);
  return history.findIndex((poll) => {
    evidence = addPoll(rule, evidence, poll);
    const now: Standing = standing(rule, evidence);
    return now.abort !== undefined;
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
