/** The data that the loop is made of. Weights are the candidate's share in percent; times are ms since the epoch. */
import type { ToleranceCriterion } from "../experiment/criterion.ts";
import type { Outcome } from "../experiment/outcome.ts";
import type { Action, CountingRecord, Experiment, ExperimentStatus } from "../experiment/schema.ts";
import type { SequentialSettings } from "../experiment/sequential.ts";
import type { CounterSelectors } from "../metrics/counter-selectors.ts";
import type { Outage } from "../ports/cluster.ts";
import type { Standing } from "./evidence/model.ts";
import type { CountedCriterion } from "./sequential/criteria.ts";

/** What does not change during a run. */
export interface Plan {
  readonly service: string;
  readonly namespace: string;
  readonly kind: "Deployment" | "Service";
  /** Undefined for a first deployment. */
  readonly baseline: string | undefined;
  readonly candidate: string;
  readonly strategy: Experiment["spec"]["trafficControl"]["strategy"];
  readonly intervalMs: number;
  readonly maxIterations: number;
  readonly maxWeight: number;
  readonly stepSize: number;
  readonly onSuccess: "candidate" | "baseline";
  /** For the strategies that check. */
  readonly criteria: readonly ToleranceCriterion[];
  /** Present with strategy `sequential`. */
  readonly sequential?: SequentialPlan;
  readonly counters: ReadonlySet<string>;
  readonly onInconclusive: "rollback" | "promote";
  /** From the first check on. */
  readonly maxDurationMs: number;
  readonly drainMs: number;
  /** Base URL of the Grafana with Iter8's dashboard. */
  readonly grafanaEndpoint?: string;
}

export interface SequentialPlan extends SequentialSettings {
  readonly criteria: readonly CountedCriterion[];
  /** What is counted, by metric. */
  readonly selectors: Readonly<Record<string, CounterSelectors>>;
}

/** A Deployment as the loop sees it. For a target of kind Service: as many pods as we must assume. */
export interface Workload {
  readonly desired: number;
  readonly ready: number;
  /** How many of its pods are of an older template; not there: none. */
  readonly older?: number;
  /** Every pod that was asked for is available and of the newest template. */
  readonly available: boolean;
  /** Somebody else sets the number of pods. */
  readonly autoscaled: boolean;
  /** How long it may take to become available. */
  readonly deadlineMs: number;
  /** Why pods are not ready, when they say so: "image example/web:2 cannot be pulled". */
  readonly problem?: string;
  /** Kubernetes itself has given up waiting (ProgressDeadlineExceeded). */
  readonly gaveUp: boolean;
}

/** One metric of one version. `value` is undefined when the query found nothing. */
export interface Reading {
  readonly value: number | undefined;
  readonly sampleSize: number;
}

/** What the metrics store answered for one check. */
export type Readings =
  | {
      readonly ok: true;
      readonly metrics: ReadonlyMap<string, { readonly baseline: Reading; readonly candidate: Reading }>;
    }
  | { readonly ok: false; readonly why: string };

/** One poll that was counted, with where the evidence stands after it. */
export interface WeighedPoll {
  /** From 1 on. */
  readonly number: number;
  /** When it ended, ms since the epoch. */
  readonly to: number;
  /** The candidate's weight during the poll, percent. */
  readonly weight: number;
  /** Answered requests in all polls at this weight so far, for the observed split. */
  readonly requests: { readonly baseline: number; readonly candidate: number };
  readonly standing: Standing;
}

/** What is fixed when counting starts. */
export type Measured = Omit<CountingRecord, "start" | "judged" | "pods" | "morePods" | "gaps">;

/** What raw counters gave a strategy that weighs evidence. */
export type Counts =
  /** The baseline has no counters yet: nobody has called it. */
  | { readonly kind: "waiting" }
  /** Nothing was counted yet: what the start has to fix. */
  | { readonly kind: "begin"; readonly measured: Measured }
  | {
      readonly kind: "polls";
      /** The polls that were not judged yet and count, oldest first. */
      readonly polls: readonly WeighedPoll[];
      /** The newest one that counts, judged or not. */
      readonly latest: WeighedPoll | undefined;
      /** The number of the newest poll that is complete. */
      readonly upTo: number;
    }
  | { readonly kind: "unreadable"; readonly why: string };

/** Everything the loop sees of the world at one moment. */
export interface Observation {
  readonly action: Action;
  /** A newer commit wants this run to end: its short revision. */
  readonly supersededBy?: string;
  /** Only in settle mode: nobody will go on with this run; why. */
  readonly ended?: "Cancelled" | "Interrupted";
  readonly baseline: Workload | undefined;
  /** Undefined until this release has applied it, whatever had its name before. */
  readonly candidate: Workload | undefined;
  /** The apply task has failed; what it said. Present before the first check only. */
  readonly applyFailed?: string;
  /** Somebody deleted the Experiment; what is known of it is what this process remembers. */
  readonly deleted?: boolean;
  /** The candidate's weight on the route; undefined when the route is not as we prepared it. */
  readonly routed: number | undefined;
  /** The baseline gets traffic, and its subset selects pods of another template than most of its ready pods have. */
  readonly outdated?: boolean;
  /** Who wrote the route last, as far as known. */
  readonly routedBy?: string;
  /** Present when `isCheckDue` said so. */
  readonly readings?: Readings;
  /** Present when `isCheckDue` said so and the strategy weighs evidence. */
  readonly counts?: Counts;
  /** Whether requests still reach the version that lost. Present after all traffic was moved, while it is there. */
  readonly loser?: "flowing" | "stopped" | "unseen" | "unreadable";
  /**
   * Pods of the loser that are not being deleted yet, or are endpoints of the Service all the same. Present after all traffic
   * was moved and its Deployment is gone.
   */
  readonly loserPods?: number;
  /** The last time the cluster's API was away, as far as this process saw it. */
  readonly outage?: Outage;
  /** The first look of this process: what differs from the record is our own unfinished work, not somebody's. */
  readonly resumed: boolean;
  /** The share of requests in percent that the candidate was seen to get at the current weight, when it can be told. */
  readonly observedShare?: { readonly candidate: number; readonly requests: number };
}

/** What the driver must do, in this order, after the new status was recorded. All are idempotent. */
export type Effect =
  | { readonly do: "route"; readonly candidate: number }
  | { readonly do: "scale"; readonly deployment: string; readonly replicas: number }
  /** Bring the objects beside the Deployment to what the promoted commit says. */
  | { readonly do: "apply-rest" }
  | { readonly do: "remove"; readonly deployment: string }
  /** The loser stays: note on it why. */
  | { readonly do: "leave"; readonly deployment: string; readonly why: string }
  /** `action: resume` took effect. */
  | { readonly do: "clear-action" }
  /** Point the route at the plain host and take our subsets away. */
  | { readonly do: "release-route"; readonly winner: "baseline" | "candidate" }
  | {
      readonly do: "event";
      readonly type: "Normal" | "Warning";
      readonly reason: string;
      readonly message: string;
    };

export interface Line {
  readonly level: "info" | "warn";
  readonly text: string;
}

/** The answer of the loop. `status` is the very object that came in when there is nothing to record. */
export interface Decision {
  readonly status: ExperimentStatus;
  readonly effects: readonly Effect[];
  readonly lines: readonly Line[];
  /** Recorded once all effects have succeeded: the release is over. */
  readonly completed?: ExperimentStatus;
}

/** A decision that is final: recorded before traffic moves, completed by whoever comes next. */
export type Verdict = Outcome & {
  readonly winner: "baseline" | "candidate" | "none";
  /** Iter8 calls every early end an abort. */
  readonly abort: boolean;
};
