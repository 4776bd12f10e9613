/**
 * A sequential likelihood ratio test that knows both true shares (Wald's SPRT; against a baseline the growth-optimal bet of one
 * poll). Same polls, delay and first weight as ours; it never climbs.
 */
import type { Claim } from "../../../steps/lib/loop/evidence/model.ts";
import { DEFAULT_CRITERIA, kindOf } from "./criteria.ts";
import { between, DEADLINE_MS, type Decision, type Rule } from "./rule.ts";
import { ALPHA, BETA, budgetedWeight } from "./sequential.ts";
import { pollAt, weightOf } from "./timing.ts";

/** Aborts by the first criterion that the candidate truly violates and whose odds suffice; promotes when all others' do. */
export function oracle(): Rule {
  return {
    name: "oracle SPRT",
    fewer: true,
    decide(stream, { scrapeMs, startMs }) {
      const { world } = stream;
      const weight = budgetedWeight(world.rps, scrapeMs);
      const weights = [{ atMs: startMs, weight }];
      const truth = world.phases.findLast(({ fromMs }) => fromMs <= world.faultMs);
      if (truth === undefined) throw new Error("the first phase must begin at 0");
      const bets = DEFAULT_CRITERIA.map((judged) => {
        const kind = kindOf(judged, world.edges);
        const [q, p] = [truth.candidate, truth.baseline].map((version) =>
          kind === 0 ? version.errors : (version.beyond[kind - 1] ?? 0),
        ) as [number, number];
        const { claim } = judged.criterion;
        return { kind, claim, q, p, violated: q > claim.ratio * p + claim.margin, log: 0 };
      });
      let weighed = 0;
      for (let index = 0; ; index += 1) {
        const poll = pollAt(index, startMs, scrapeMs);
        const ended = (end: Decision["end"]): Decision => ({
          end,
          atMs: poll.readMs,
          seenMs: poll.scraped,
          weights,
          weighed,
        });
        if (poll.to - startMs > DEADLINE_MS) return ended("inconclusive");
        if (weightOf(poll, weights) === undefined) continue;
        const { candidate, baseline } = between(stream, weights, poll.since, poll.scraped);
        weighed += candidate.requests;
        for (const bet of bets) {
          const x = { requests: candidate.requests, bad: candidate.bad[bet.kind] ?? 0 };
          const y = { requests: baseline.requests, bad: baseline.bad[bet.kind] ?? 0 };
          bet.log += logOdds(bet.claim, bet, x, y);
        }
        if (bets.some(({ violated, log }) => violated && log >= Math.log(1 / ALPHA))) {
          return ended("rolled back");
        }
        if (bets.every(({ violated, log }) => !violated && log >= Math.log(1 / BETA))) {
          return ended("promoted");
        }
      }
    },
  };
}

interface Tallied {
  readonly requests: number;
  readonly bad: number;
}

/** ln E of formula (F) for one poll, with the true shares q and p as guesses; 0 when one side has no requests. */
function logOdds(
  { ratio, margin }: Claim,
  { q, p }: { readonly q: number; readonly p: number },
  candidate: Tallied,
  baseline: Tallied,
): number {
  const [n, m] = [candidate.requests, baseline.requests];
  if (n === 0 || (ratio > 0 && m === 0)) return 0;
  const a = ratio * (ratio * n + m);
  const b = margin * (ratio * n + m) - ratio * n * q - ratio * m * p;
  const c = -m * p * margin;
  const u = ratio > 0 ? (-b + Math.sqrt(b * b - 4 * a * c)) / (2 * a) : 0;
  const v = ratio * u + margin;
  const wished = (q - v) / (v * (1 - v));
  const [highest, lowest] =
    ratio > 0
      ? [Math.min(1 / v, m / (ratio * n * (1 - u))), -Math.min(1 / (1 - v), m / (ratio * n * u))]
      : [1 / v, -1 / (1 - v)];
  const bet = Math.max(0.9999 * lowest, Math.min(0.9999 * highest, wished));
  const other = (ratio * bet * n) / m;
  const own = candidate.bad * Math.log1p(bet * (1 - v)) + (n - candidate.bad) * Math.log1p(-bet * v);
  if (ratio === 0) return own;
  return own + baseline.bad * Math.log1p(-other * (1 - u)) + (m - baseline.bad) * Math.log1p(other * u);
}
