/**
 * Kayenta (NetflixACAJudge, MannWhitneyClassifier): both versions' time series of one judgement interval against each other. High,
 * and so failed, when the 98 % interval of the shift lies above a quarter of the estimated shift and the mean has not fallen.
 */
import type { Answers } from "../stream.ts";
import { mean } from "./iter8.ts";
import { shiftOf } from "./mann-whitney.ts";
import { between, DEADLINE_MS, type Rule, STEPS } from "./rule.ts";

const JUDGEMENTS = 3;
const STEP_MS = 10_000;
const TOLERANCE = 0.25;
/** The 99 % quantile of the normal distribution. */
const Z = 2.3263478740408408;

/** A third of the deadline for each judgement; the weight stays at the first step, as Kayenta moves no traffic. */
export function kayenta(): Rule {
  return {
    name: "Kayenta 3 x 10 min",
    fewer: true,
    decide(stream, { scrapeMs, kind }) {
      const weights = [{ atMs: 0, weight: STEPS[0] }];
      const stepMs = Math.max(STEP_MS, scrapeMs);
      const value = (answers: Answers) =>
        kind === 0 ? (100 * (answers.bad[0] ?? 0)) / answers.requests : mean(stream.world.edges, answers);
      const lengthMs = DEADLINE_MS / JUDGEMENTS;
      for (let atMs = lengthMs; atMs <= DEADLINE_MS; atMs += lengthMs) {
        const [candidate, baseline]: [number[], number[]] = [[], []];
        for (let from = atMs - lengthMs; from < atMs; from += stepMs) {
          const point = between(stream, weights, from, from + stepMs);
          candidate.push(value(point.candidate));
          baseline.push(value(point.baseline));
        }
        if (isHigh(candidate, baseline)) return { end: "rolled back", atMs, seenMs: atMs, weights };
      }
      return { end: "promoted", atMs: DEADLINE_MS, seenMs: DEADLINE_MS, weights };
    },
  };
}

/** Whether the candidate's series fails. Points without a value are left out; a series without any point passes. */
export function isHigh(candidate: readonly number[], baseline: readonly number[]): boolean {
  const [x, y] = [candidate, baseline].map((series) => series.filter((value) => !Number.isNaN(value)));
  if (x === undefined || y === undefined || x.length === 0 || y.length === 0) return false;
  if (new Set([...x, ...y]).size === 1) return false;
  const { lower, estimate } = shiftOf(x, y, Z);
  const ratio = average(x) / average(y);
  return lower > TOLERANCE * Math.abs(estimate) && !(ratio < 1);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
