/** Experiments as a run that weighs evidence writes them, poll by poll, with the product's own record of the evidence. */
import type { CountingRecord } from "../../../steps/lib/experiment/schema.ts";
import { defaultExperiment } from "../../../steps/lib/experiment/sequential.ts";
import type { CriterionStanding, Standing } from "../../../steps/lib/loop/evidence/model.ts";
import { sequentialPlan } from "../../../steps/lib/loop/plan.ts";
import { evidenceRecord } from "../../../steps/lib/loop/sequential/results.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

const query = { query_template: "", sample_size_template: "", is_counter: false, absent_value: "None" };
const METRICS = {
  iter8_error_rate: { ...query, counters: { requests: "requests{}", bad: "bad{}" } },
  iter8_latency: { ...query, counters: { buckets: "buckets{}", unit_ms: 1 } },
};

const COUNTING: CountingRecord = {
  start: "2026-01-01T00:00:00.000Z",
  pollMs: 1000,
  horizon: 1800,
  burst: 1,
  firstWeight: 5,
  edges: {},
  judged: 0,
  pods: 1,
  morePods: [],
};

interface Seen {
  /** Against the candidate, without the worst poll. */
  readonly against: number;
  /** For errors below the limit, errors compared with the baseline, slow requests. */
  readonly inFavour: readonly [number, number, number];
}

/** Undefined `seen`: the run has begun, no poll has counted. */
export function weighingExperiment(
  poll: number,
  seen?: Seen,
  verdict?: "CriteriaFailed" | "CriteriaMet" | "Override",
): KubeObject {
  const spec = defaultExperiment();
  const { criteria } = sequentialPlan(spec, METRICS);
  const record = seen && evidenceRecord(criteria, standing(seen));
  const good = verdict === "CriteriaMet";
  return {
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: {
      name: "web-2",
      namespace: "shop",
      uid: "uid-web-2",
      labels: { "tekton-canary/run": "uid-run" },
    },
    spec: {
      ...spec,
      targetService: { ...spec.targetService, name: "web", baseline: "web-1", candidate: "web-2" },
    },
    metrics: METRICS,
    status: {
      phase: "Progressing",
      message: `IterationUpdate: Iteration ${poll + 1} Started`,
      trafficSplitPercentage: { baseline: 95, candidate: 5 },
      ...(record !== undefined && { assessment: record }),
      loop: {
        counting: { ...COUNTING, judged: poll },
        ...(verdict !== undefined && {
          verdict: {
            word: good ? "promoted" : "rolled-back",
            reason: verdict,
            sentence: "because of it",
            winner: good ? "candidate" : "baseline",
            abort: !good,
            at: "2026-01-01T00:00:09Z",
          },
        }),
      },
    },
  };
}

function standing({ against, inFavour }: Seen): Standing {
  const count = (bad: number) => ({ requests: 100, bad });
  const of = (odds: number): CriterionStanding => ({
    name: "",
    against,
    withoutWorst: against,
    for: odds,
    bothOver: false,
    tally: { candidate: count(7), baseline: count(0) },
  });
  return {
    polls: 1,
    // The worst poll alone would make it ten times as much.
    against: against * 10,
    withoutWorst: against,
    needAgainst: 100,
    needFor: 20,
    abort: against >= 100 ? { by: 0 } : undefined,
    starvation: { against: 1, withoutWorst: 1, candidate: 100, baseline: 100, reached: true },
    criteria: inFavour.map(of),
    promote: inFavour.every((odds) => odds >= 20),
    allowed: 5,
  };
}
