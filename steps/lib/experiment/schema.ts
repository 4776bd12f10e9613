/**
 * The Experiment (`iter8.tools/v1alpha1`): everything of Iter8 v0.1 and v0.2, and ours on top. The CRD is generated from
 * this file (crd.ts), a pushed file and an object read from the cluster are parsed by it.
 */
import * as z from "zod";
import { parseDuration } from "./duration.ts";
import { OUTCOME_REASONS, OUTCOME_WORDS } from "./outcome.ts";

/** Iter8's strategies. Those not in AVAILABLE_STRATEGIES are known by name and refused. */
export const STRATEGIES = [
  "check_and_increment",
  "increment_without_check",
  "epsilon_greedy",
  "posterior_bayesian_routing",
  "optimistic_bayesian_routing",
] as const;

const noDuration = (issue: { readonly input?: unknown }) =>
  `must be a positive duration such as "30s" or "1m30s", not ${JSON.stringify(issue.input)}`;
const duration = z
  .string({ error: noDuration })
  .refine((text) => (parseDuration(text) ?? 0) > 0, { error: noDuration });

const percentage = z.number().min(0).max(100);

const criterion = z.strictObject({
  metricName: z.string().min(1),
  toleranceType: z.enum(["threshold", "delta"]),
  tolerance: z.number(),
  sampleSize: z.int32().min(0).default(10),
  stopOnFailure: z.boolean().default(false),
  min_max: z.strictObject({ min: z.number(), max: z.number() }).optional(),
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
  /** When SIGTERM made the loop move traffic back. */
  interrupted: z.string().optional(),
  verdict: outcome
    .extend({ winner: z.enum(["baseline", "candidate", "none"]), at: z.string(), abort: z.boolean() })
    .optional(),
  /** When all traffic was seen to be routed to the winner. */
  movedAt: z.string().optional(),
  /** Why the loser could not be removed. */
  leftOver: z.string().optional(),
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
export type Criterion = z.output<typeof criterion>;
export type MetricRecord = z.output<typeof metric>;
export type Action = z.output<typeof experimentAction>;

/** The schema as OpenAPI 3.0, before anything is filled in: what a user may write. */
export function openApiSchema(): object {
  return z.toJSONSchema(experiment, { io: "input", target: "openapi-3.0" });
}
