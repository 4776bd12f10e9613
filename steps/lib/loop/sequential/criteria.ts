/** The criteria of an experiment as claims about counted requests: each of ours becomes one or two, each of Iter8's one. */
import { type ToleranceCriterion, toleranceOf } from "../../experiment/criterion.ts";
import { parseDuration } from "../../experiment/duration.ts";
import type { Criterion } from "../../experiment/schema.ts";
import { parseShare } from "../../experiment/share.ts";
import type { CounterSelectors } from "../../metrics/counter-selectors.ts";
import type { Claim } from "../evidence/model.ts";

/** What is counted of a metric: bad requests, requests slower than a limit (ms), all bucket edges, or the mean of the buckets. */
export type Measure =
  | { readonly kind: "bad" }
  | { readonly kind: "slower"; readonly limitMs: number }
  | { readonly kind: "edges" }
  | { readonly kind: "mean" };

export interface CountedCriterion {
  readonly metric: string;
  /** What 1 is in the buckets of the metric, ms; 1 for a metric without. */
  readonly unitMs: number;
  readonly measure: Measure;
  /** Shares from 0 to 1; for a mean the margin is in ms. */
  readonly claim: Claim;
  /** A limit that the baseline breaches too is not the candidate's fault. */
  readonly orNoWorse: boolean;
}

type Subject = Pick<CountedCriterion, "metric" | "unitMs" | "measure">;

export type Counted =
  | { readonly kind: "criteria"; readonly criteria: readonly CountedCriterion[] }
  /** Why the criterion cannot be counted, and the cure; for a message that begins with its field. */
  | { readonly kind: "problem"; readonly problem: string };

/** `counters` are undefined when the metrics ConfigMap gives none for the metric. */
export function countedCriteria(criterion: Criterion, counters: CounterSelectors | undefined): Counted {
  if (counters === undefined) {
    return problem(
      `${criterion.metricName} has no counters in the metrics ConfigMap, and strategy sequential counts requests; ` +
        "use iter8_error_rate or iter8_latency, add counters to the metric, or take strategy check_and_increment",
    );
  }
  const subject = { metric: criterion.metricName, unitMs: counters.kind === "buckets" ? counters.unitMs : 1 };
  const old = toleranceOf(criterion);
  if (counters.kind === "ratio") {
    const counted: Subject = { ...subject, measure: { kind: "bad" } };
    return old === undefined ? ofShare(counted, criterion) : ofTolerance(counted, old);
  }
  if (old === undefined) return ofLatency(subject, criterion);
  const unit = old.toleranceType === "threshold" ? counters.toleranceUnitMs : 1;
  return ofTolerance({ ...subject, measure: { kind: "mean" } }, { ...old, tolerance: old.tolerance * unit });
}

function ofShare(subject: Subject, { limit, vsBaseline }: Criterion): Counted {
  const share = limit === undefined ? undefined : parseShare(limit);
  if (limit !== undefined && share === undefined) {
    return problem(
      `limit ${limit} is a time, and ${subject.metric} is a share of requests; write a percentage`,
    );
  }
  if (share !== undefined && !(share > 0 && share < 1)) {
    return problem(
      `limit ${limit} cannot be earned or refuted by any number of requests; write a share between, such as 0.1%`,
    );
  }
  const margin = parseShare(vsBaseline?.margin ?? "0%");
  if (margin !== undefined && margin >= 1) {
    return problem(
      `margin ${vsBaseline?.margin} allows every request to fail; write a smaller one, such as 0.5%`,
    );
  }
  if (margin === undefined) {
    return problem(`margin ${vsBaseline?.margin} is a time, and ${subject.metric} is a share of requests`);
  }
  return claims(subject, share, vsBaseline && { ...vsBaseline, margin });
}

function ofLatency(subject: Omit<Subject, "measure">, { limit, quantile, vsBaseline }: Criterion): Counted {
  if (limit === undefined) return ofDistribution(subject, vsBaseline ?? {});
  const limitMs = parseDuration(limit);
  if (limitMs !== undefined && limitMs <= 0) return problem(`limit ${limit} must be a time above 0`);
  if (limitMs === undefined) {
    return problem(
      `limit ${limit} is a percentage, and ${subject.metric} is a time; write a duration such as "500ms"`,
    );
  }
  // 1 - 0.99 is a hair more than 0.01.
  const slow = quantile === undefined ? undefined : Number((1 - quantile).toPrecision(6));
  const margin = parseShare(vsBaseline?.margin ?? "0%") ?? 0;
  const measure: Measure = { kind: "slower", limitMs };
  return claims({ ...subject, measure }, slow, vsBaseline && { ...vsBaseline, margin });
}

/** Without a limit: the whole distribution edge by edge, or its mean. */
function ofDistribution(
  subject: Omit<Subject, "measure">,
  { ratio = 1, margin }: NonNullable<Criterion["vsBaseline"]>,
): Counted {
  const share = margin === undefined ? undefined : parseShare(margin);
  if (share === undefined) {
    const ms = parseDuration(margin ?? "0") ?? 0;
    return claims({ ...subject, measure: { kind: "mean" } }, undefined, { ratio, margin: ms });
  }
  if (ratio !== 1) {
    return problem(
      "vsBaseline with a percentage as margin compares the share of requests beyond each bucket edge and takes no ratio; leave one of them out, or write the margin as a time",
    );
  }
  return claims({ ...subject, measure: { kind: "edges" } }, undefined, { margin: share });
}

/** Iter8's threshold and delta; delta is relative there: at most (1 + tolerance) x the baseline. */
function ofTolerance(subject: Subject, { toleranceType, tolerance }: ToleranceCriterion): Counted {
  if (toleranceType === "delta") {
    if (tolerance <= -1) return problem(`tolerance ${tolerance} allows the candidate nothing at all`);
    return claims(subject, undefined, { ratio: Number((1 + tolerance).toPrecision(9)), margin: 0 });
  }
  if (tolerance > 0 && (subject.measure.kind === "mean" || tolerance < 1)) return claims(subject, tolerance);
  const allowed =
    subject.measure.kind === "mean" ? "a time above 0" : "a share of requests between 0 and 1 (0.01 is 1 %)";
  return problem(`tolerance ${tolerance} must be ${allowed} to be tested`);
}

function claims(
  subject: Subject,
  limit: number | undefined,
  relative?: { readonly ratio?: number | undefined; readonly margin: number },
): Counted {
  const share = subject.measure.kind !== "mean";
  const criteria: CountedCriterion[] = [];
  if (limit !== undefined) {
    criteria.push({ ...subject, claim: { ratio: 0, margin: limit }, orNoWorse: share });
  }
  if (relative !== undefined) {
    const { ratio = 1, margin } = relative;
    criteria.push({ ...subject, claim: { ratio, margin }, orNoWorse: false });
  }
  return { kind: "criteria", criteria };
}

function problem(text: string): Counted {
  return { kind: "problem", problem: text };
}
