/** The product's own rule, with the product's defaults and timing. */
import { defaultExperiment, sequentialSettings } from "../../../steps/lib/experiment/sequential.ts";
import { estimateBurst } from "../../../steps/lib/loop/evidence/burst.ts";
import { addPoll, startEvidence } from "../../../steps/lib/loop/evidence/evidence.ts";
import type {
  CriterionCounts,
  Rule as Evidence,
  Poll,
  Tally,
} from "../../../steps/lib/loop/evidence/model.ts";
import { firstWeight } from "../../../steps/lib/loop/evidence/ramp.ts";
import { standing } from "../../../steps/lib/loop/evidence/standing.ts";
import { nextMove } from "../../../steps/lib/loop/strategies/sequential.ts";
import type { Counts, Stream } from "../stream.ts";
import { DEFAULT_CRITERIA, type Judged, kindOf } from "./criteria.ts";
import { between, DEADLINE_MS, type Decision, type Rule, STEPS, type WeightChange } from "./rule.ts";
import { pollAt, weightOf } from "./timing.ts";

const HISTORY_MS = 600_000;

/** What differs from the product's defaults. */
export interface Variant {
  readonly name?: string;
  readonly fewer?: boolean;
  readonly criteria?: readonly Judged[];
  readonly burst?: number;
  readonly ignoreWorstPoll?: boolean;
  readonly minSoakMs?: number;
  /** Percent. */
  readonly first?: number;
}

const DEFAULTS = sequentialSettings(defaultExperiment().trafficControl);

/** How often the default experiment may be wrong. */
export const { falseAbort: ALPHA, wrongPromote: BETA } = DEFAULTS;

/** Weight that the risk budget allows at first, percent. */
export const budgetedWeight = (rps: number, scrapeMs: number): number => firstWeight(rps, scrapeMs, STEPS);

export function sequential(variant: Variant = {}): Rule {
  const { name = "sequential", criteria = DEFAULT_CRITERIA } = variant;
  const limits = {
    steps: STEPS,
    minSoakMs: variant.minSoakMs ?? DEFAULTS.minSoakMs,
    deadlineMs: DEADLINE_MS,
  };
  return {
    name,
    fewer: variant.fewer ?? false,
    decide(stream, { scrapeMs, startMs }) {
      const first = variant.first ?? budgetedWeight(stream.world.rps, scrapeMs);
      const rule: Evidence = {
        falseAbort: DEFAULTS.falseAbort,
        wrongPromote: DEFAULTS.wrongPromote,
        riskBudget: DEFAULTS.riskBudget,
        ignoreWorstPoll: variant.ignoreWorstPoll ?? DEFAULTS.ignoreWorstPoll,
        burst: variant.burst ?? estimateBurst(stream.history(HISTORY_MS / scrapeMs, scrapeMs)),
        horizon: Math.ceil(DEADLINE_MS / scrapeMs),
        steps: [first, ...STEPS.filter((step) => step > first)],
        criteria: criteria.map(({ criterion }) => criterion),
      };
      const weights: WeightChange[] = [{ atMs: startMs, weight: first }];
      let evidence = startEvidence(rule);
      let weighed = 0;
      for (let index = 0; ; index += 1) {
        const poll = pollAt(index, startMs, scrapeMs);
        const elapsedMs = poll.to - startMs;
        const ended = (end: Decision["end"]): Decision => ({
          end,
          atMs: poll.readMs,
          seenMs: poll.scraped,
          weights,
          weighed,
        });
        const during = weightOf(poll, weights);
        if (during === undefined) {
          if (elapsedMs > DEADLINE_MS) return ended("inconclusive");
          continue;
        }
        const weight = weights.at(-1)?.weight ?? first;
        const counts = between(stream, [{ atMs: 0, weight: during }], poll.since, poll.scraped);
        weighed += counts.candidate.requests;
        evidence = addPoll(rule, evidence, pollOf(stream, criteria, counts, during));
        const move = nextMove(limits, standing(rule, evidence), { weight, during, elapsedMs });
        switch (move.kind) {
          case "abort":
            return ended("rolled back");
          case "promote":
            return ended("promoted");
          case "inconclusive":
            return ended("inconclusive");
          case "weight":
            weights.push({ atMs: poll.readMs, weight: move.candidate });
            break;
          case "hold":
            break;
        }
      }
    },
  };
}

function pollOf(stream: Stream, criteria: readonly Judged[], counts: Counts, weight: number): Poll {
  const tally = (kind: number): Tally => ({
    candidate: { requests: counts.candidate.requests, bad: counts.candidate.bad[kind] ?? 0 },
    baseline: { requests: counts.baseline.requests, bad: counts.baseline.bad[kind] ?? 0 },
  });
  return {
    weight,
    requests: tally(0),
    criteria: criteria.map((judged): CriterionCounts => {
      if (judged.bad === "edges") {
        return { kind: "edges", edges: stream.world.edges.map((_, edge) => tally(1 + edge)) };
      }
      const of = tally(kindOf(judged, stream.world.edges));
      return { kind: "share", abort: of, promote: of };
    }),
  };
}
