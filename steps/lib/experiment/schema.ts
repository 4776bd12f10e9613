/**
 * The Experiment (`iter8.tools/v1alpha1`): everything of Iter8 v0.1 and v0.2, and ours on top. The CRD is generated from
 * this file (crd.ts), a pushed file and an object read from the cluster are parsed by it.
 */
import * as z from "zod";
import { DURATION_PART, DURATION_UNIT } from "./duration.ts";
import { OUTCOME_REASONS, OUTCOME_WORDS } from "./outcome.ts";

/** Ours and Iter8's strategies. Of Iter8's, some are known by name only and refused. */
export const STRATEGIES = [
  "sequential",
  "check_and_increment",
  "increment_without_check",
  "epsilon_greedy",
  "posterior_bayesian_routing",
  "optimistic_bayesian_routing",
] as const;

/**
 * Go durations and percentages as patterns, so that the API server refuses what `parseDuration` and `parseShare` cannot
 * read. Its regular expressions (RE2) know no lookahead: a positive duration has one part that is not zero.
 */
const POSITIVE_PART = `(0*[1-9]\\d*(\\.\\d*)?|0*\\.0*[1-9]\\d*)${DURATION_UNIT}`;
const DURATION = `(${DURATION_PART})+|0`;
const SHARE = "(0*(100(\\.0+)?|\\d{1,2}(\\.\\d+)?)|\\.\\d+)[\\x20\\t]*%";

const noDuration = (issue: { readonly input?: unknown }) =>
  `must be a positive duration such as "30s" or "1m30s", not ${JSON.stringify(issue.input)}`;
const duration = z
  .string({ error: noDuration })
  .regex(new RegExp(`^(${DURATION_PART})*${POSITIVE_PART}(${DURATION_PART})*$`), { error: noDuration });

const noTime = (issue: { readonly input?: unknown }) =>
  `must be a duration such as "10s", or "0s" for none, not ${JSON.stringify(issue.input)}`;
const durationOrNone = z.string({ error: noTime }).regex(new RegExp(`^(${DURATION})$`), { error: noTime });

const percentage = z.number().min(0).max(100);

/** A number, not a percentage: 0.01 is 1 %. */
const probability = z.number().min(0.00001).max(0.5);

const noAmount = (issue: { readonly input?: unknown }) =>
  `must be a percentage such as "1%" or a duration such as "500ms", not ${JSON.stringify(issue.input)}`;
/** A share of requests in percent, or a time; the unit is always written. */
const amount = z
  .string({ error: noAmount })
  .regex(new RegExp(`^(${SHARE}|${DURATION})$`), { error: noAmount });

/** Iter8's (toleranceType, tolerance) or ours (limit, vsBaseline), never both; `criteria.ts` tells them apart. */
const criterion = z.strictObject({
  metricName: z.string().min(1),
  toleranceType: z.enum(["threshold", "delta"]).optional(),
  tolerance: z.number().optional(),
  sampleSize: z.int32().min(0).optional(),
  stopOnFailure: z.boolean().optional(),
  min_max: z.strictObject({ min: z.number(), max: z.number() }).optional(),
  /** The most that the candidate may have: a share of bad requests, or the time that a request may take. */
  limit: amount.optional(),
  /** With a time as limit: the share of requests that must be faster. */
  quantile: z.number().min(0.01).max(0.9999).optional(),
  /** The candidate may have ratio x the baseline's value, plus the margin. */
  vsBaseline: z
    .strictObject({ ratio: z.number().min(0.01).optional(), margin: amount.optional() })
    .optional(),
});

const targetService = z.strictObject({
  kind: z.enum(["Deployment", "Service"]).default("Deployment"),
  apiVersion: z.string().default(""),
  name: z.string().optional(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  fieldPath: z.string().optional(),
  baseline: z.string().optional(),
  candidate: z.string().optional(),
  hosts: z.array(z.strictObject({ name: z.string().min(1), gateway: z.string().min(1) })).optional(),
  port: z.int32().min(1).max(65535).optional(),
});

const trafficControl = z.strictObject({
  strategy: z.enum(STRATEGIES).default("check_and_increment"),
  interval: duration.default("1m"),
  maxIterations: z.int32().min(1).default(100),
  maxTrafficPercentage: percentage.default(50),
  trafficStepSize: percentage.default(2),
  onSuccess: z.enum(["baseline", "candidate", "both"]).default("candidate"),
  confidence: z.number().min(0).max(1).optional(),
  // The rest is for `sequential` alone; plan.ts has the defaults.
  falseAbort: probability.optional(),
  wrongPromote: probability.optional(),
  riskBudget: probability.optional(),
  steps: z.array(z.number().min(0.1).max(100)).min(1).optional(),
  minSoak: duration.optional(),
  warmUp: durationOrNone.optional(),
  deadline: duration.optional(),
  ignoreWorstPolls: z.int32().min(0).max(1).optional(),
  burst: z.union([z.literal("auto"), z.int32().min(1)]).optional(),
});

const reward = z.strictObject({
  metricName: z.string().min(1),
  min_max: z.strictObject({ min: z.number(), max: z.number() }).optional(),
});

const analysis = z.strictObject({
  analyticsService: z.string().optional(),
  grafanaEndpoint: z.string().optional(),
  successCriteria: z.array(criterion).default([]),
  reward: reward.optional(),
});

/** A rule of a route object that the user owns; we manage the list of its destinations and nothing else. */
const routing = z.strictObject({
  kind: z.enum(["VirtualService"]),
  name: z.string().min(1),
  /** The rule's `name`, or its index as text when it has none. Left out when there is only one. */
  rule: z.string().optional(),
});

/** Iter8 v0.1's reference to a route; accepted and, as in v0.2, without effect. */
const routingReference = z.strictObject({
  kind: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  apiVersion: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  fieldPath: z.string().optional(),
});

export const experimentSpec = z.strictObject({
  targetService,
  trafficControl: trafficControl.prefault({}),
  analysis: analysis.prefault({}),
  cleanup: z.enum(["delete", ""]).optional(),
  routingReference: routingReference.optional(),
  routing: routing.optional(),
});

/** The six counters and templates of one metric, copied from the metrics ConfigMap when the experiment is created. */
const metric = z.strictObject({
  query_template: z.string(),
  sample_size_template: z.string(),
  is_counter: z.boolean(),
  absent_value: z.string(),
  /** Raw counters, for strategies that count themselves. `unit_ms`: what one unit of a bucket's edge is, in ms. */
  counters: z
    .strictObject({
      requests: z.string().optional(),
      bad: z.string().optional(),
      buckets: z.string().optional(),
      unit_ms: z.number().optional(),
      tolerance_unit_ms: z.number().optional(),
    })
    .optional(),
});

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().optional(),
});

const split = z.object({ baseline: z.number(), candidate: z.number() });

const outcome = z.object({
  word: z.enum(OUTCOME_WORDS),
  reason: z.enum(OUTCOME_REASONS),
  sentence: z.string(),
});

/** What a strategy that counts evidence fixes when it starts, and how far it has judged. */
const counting = z.object({
  /** Polls end at `start` + n x `pollMs`. */
  start: z.string(),
  pollMs: z.number(),
  /** Polls until the deadline. */
  horizon: z.int(),
  burst: z.number(),
  /** The candidate's first weight, in percent. */
  firstWeight: z.number(),
  /** Finite upper bucket edges by metric. */
  edges: z.record(z.string(), z.array(z.number())),
  /** Polls up to this number have been judged. */
  judged: z.int(),
  /** The candidate's ready pods when last seen, and when there came to be more: new pods are slow at first. */
  pods: z.int(),
  morePods: z.array(z.string()),
  /** Times in which the route was not as recorded: their polls don't count. */
  gaps: z.array(z.object({ from: z.string(), to: z.string() })).optional(),
});

/** What the loop must know to go on after it was killed. All times are RFC 3339. */
const loop = z.object({
  /** Which process drives the loop; another one in its place makes this one stop. */
  writer: z.string().optional(),
  /** Since when the candidate is waited for. */
  waitingSince: z.string().optional(),
  /** The first check. Checks are due at this time plus a multiple of the interval. */
  startedAt: z.string().optional(),
  /** When the next check is due. */
  nextCheck: z.string().optional(),
  /** The candidate's weight in percent that the strategy wants; the route follows when the candidate has the pods. */
  wanted: z.number().optional(),
  /** Every weight in percent that was asked of the route, oldest first. */
  weights: z.array(z.object({ at: z.string(), candidate: z.number() })).optional(),
  /** Since when no metrics could be read. */
  metricsFailingSince: z.string().optional(),
  /** A weight that somebody else wrote was put back. */
  reasserted: z.boolean().optional(),
  /** Since when the baseline, which is still there, has had no ready pod. */
  baselineDownSince: z.string().optional(),
  /** Until when controllers and mesh may not know what changed, because the cluster's API was away. */
  deafUntil: z.string().optional(),
  /** When SIGTERM made the loop move traffic back. */
  interrupted: z.string().optional(),
  verdict: outcome
    .extend({ winner: z.enum(["baseline", "candidate", "none"]), at: z.string(), abort: z.boolean() })
    .optional(),
  /** When all traffic was seen to be routed to the winner. */
  movedAt: z.string().optional(),
  /** When the loser was first seen to be gone while pods of it were left. */
  podsLeftSince: z.string().optional(),
  /** Why the loser could not be removed. */
  leftOver: z.string().optional(),
  counting: counting.optional(),
});

const version = z.object({ success_criterion_information: z.array(z.array(z.number().nullable())) });

/** Parsed leniently: other writers of this API version may have put more in it. */
export const experimentStatus = z.looseObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
  /** Unix nanoseconds, as Iter8 writes them. */
  createTimestamp: z.number().optional(),
  startTimestamp: z.number().optional(),
  endTimestamp: z.number().optional(),
  lastIncrementTime: z.string().optional(),
  currentIteration: z.int().optional(),
  analysisState: z.looseObject({ baseline: version.optional(), candidate: version.optional() }).optional(),
  grafanaURL: z.string().optional(),
  assessment: z.looseObject({}).optional(),
  trafficSplitPercentage: split.optional(),
  phase: z.enum(["Pause", "Progressing", "Completed"]).optional(),
  message: z.string().optional(),
  outcome: outcome.optional(),
  loop: loop.optional(),
});

/** `resume` is cleared once it took effect; the empty string is no wish. */
export const experimentAction = z.enum(["", "pause", "resume", "override_success", "override_failure"]);

export const experiment = z.strictObject({
  apiVersion: z.literal("iter8.tools/v1alpha1"),
  kind: z.literal("Experiment"),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    creationTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: experimentSpec,
  action: experimentAction.optional(),
  metrics: z.record(z.string(), metric).optional(),
  status: experimentStatus.optional(),
});

export type Experiment = z.output<typeof experiment>;
export type ExperimentSpec = Experiment["spec"];
export type ExperimentStatus = z.output<typeof experimentStatus>;
export type LoopRecord = z.output<typeof loop>;
export type CountingRecord = z.output<typeof counting>;
export type Criterion = z.output<typeof criterion>;
export type MetricRecord = z.output<typeof metric>;
export type Action = z.output<typeof experimentAction>;

/** The schema as OpenAPI 3.0, before anything is filled in: what a user may write. */
export function openApiSchema(): object {
  return z.toJSONSchema(experiment, { io: "input", target: "openapi-3.0" });
}
