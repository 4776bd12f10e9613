/** What happened in one release over time, ready to be drawn. Pure: made from what was seen. */
import { type Experiment, type Frame, runExperiment } from "../scenario/frame.ts";
import { failed, NOBODY, quantile, type Requests, type StepRecord, seconds } from "../scenario/record.ts";
import type { Sighting } from "../scenario/sightings.ts";
import { readyPods } from "../scenario/split.ts";
import { type EvidenceSeries, evidenceOf, reached } from "./evidence-series.ts";

export interface Point {
  /** Seconds from the push; the middle of the time that the point stands for. */
  readonly at: number;
  readonly total: number;
  readonly errors: number;
  /** ms; undefined when nobody answered. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

export interface Mark {
  readonly at: number;
  readonly text: string;
  readonly tone: "plain" | "good" | "bad" | "fault";
}

export interface VersionSeries {
  readonly version: string;
  readonly role: "baseline" | "candidate";
  readonly points: readonly Point[];
}

export interface Release {
  readonly title: string;
  readonly revision: string;
  readonly run: string;
  readonly outcome: string;
  readonly reason: string;
  readonly sentence: string;
  /** The last commit status. */
  readonly state: string;
  readonly seconds: number;
  readonly versions: readonly VersionSeries[];
  /** The candidate's weight in percent, from each moment on. */
  readonly weights: readonly { readonly at: number; readonly percent: number }[];
  readonly marks: readonly Mark[];
  /** Undefined when the release was not decided on evidence. */
  readonly evidence: EvidenceSeries | undefined;
  /** Lines to draw into the latency panel. */
  readonly latencyLimitMs: number | undefined;
  readonly requests: Readonly<Record<string, Requests>>;
}

/** `title` is the commit's message; `record` is the step's record, `frame` says which part of the sightings it covers. */
export function releaseOf(
  sightings: readonly Sighting[],
  frame: Frame,
  record: StepRecord,
  title: string,
  latencyUnit: "s" | "ms",
): Release {
  const experiment = runExperiment(sightings, frame);
  const { baseline, candidate } = experiment?.spec?.targetService ?? {};
  const evidence = evidenceOf(sightings, frame);
  const versions = [
    ...(baseline === undefined ? [] : [{ version: baseline, role: "baseline" as const }]),
    ...(candidate === undefined || candidate === baseline
      ? []
      : [{ version: candidate, role: "candidate" as const }]),
  ];
  return {
    title,
    revision: record.revision,
    run: record.run,
    outcome: record.outcome,
    reason: record.reason,
    sentence: record.message,
    state: record.statuses.at(-1)?.state ?? "",
    seconds: record.seconds,
    versions: versions.map((one) => ({
      ...one,
      points: pointsOf(sightings, frame, one.version, record.seconds),
    })),
    weights: weightsOf(record, candidate),
    marks: withDecision(marksOf(sightings, frame, baseline, candidate), evidence),
    evidence,
    latencyLimitMs: latencyLimit(experiment, latencyUnit),
    requests: record.requests,
  };
}

function weightsOf({ weights }: StepRecord, candidate: string | undefined): Release["weights"] {
  const all = weights.map(({ at, split }) => ({
    at,
    percent: candidate === undefined ? 0 : (split[candidate] ?? 0),
  }));
  return all.filter(({ percent }, index) => percent !== all[index - 1]?.percent);
}

/** A point a second, less often in a long release. */
function pointsOf(
  sightings: readonly Sighting[],
  frame: Frame,
  version: string,
  length: number,
): readonly Point[] {
  const width = Math.max(1, Math.ceil(length / 90));
  const buckets = new Map<number, { took: number[]; errors: number }>();
  for (const one of sightings) {
    if (one.kind !== "reply" || (one.deployment ?? NOBODY) !== version) continue;
    if (one.service !== frame.subject.service || one.at < frame.from || one.at > frame.until) continue;
    const index = Math.floor((one.at - frame.from) / 1000 / width);
    const bucket = buckets.get(index) ?? { took: [], errors: 0 };
    bucket.took.push(one.at - one.sentAt);
    if (failed(one)) bucket.errors += 1;
    buckets.set(index, bucket);
  }
  return [...buckets]
    .sort(([one], [other]) => one - other)
    .map(([index, { took, errors }]) => {
      const sorted = took.sort((one, other) => one - other);
      return {
        at: Math.min(length, (index + 0.5) * width),
        total: sorted.length,
        errors,
        p50: quantile(sorted, 0.5),
        p99: quantile(sorted, 0.99),
      };
    });
}

function marksOf(
  sightings: readonly Sighting[],
  frame: Frame,
  baseline: string | undefined,
  candidate: string | undefined,
): readonly Mark[] {
  const marks: Mark[] = [];
  let available = false;
  let outcome = false;
  for (const one of sightings) {
    if (one.at < frame.from || one.at > frame.until) continue;
    const at = seconds(one.at - frame.from);
    if (one.kind === "act") marks.push({ at, text: one.text, tone: "fault" });
    if (
      one.kind === "status" &&
      one.revision === frame.revision &&
      one.context === (frame.context ?? one.context)
    ) {
      const tone = one.state === "pending" ? "plain" : one.state === "success" ? "good" : "bad";
      marks.push({ at, text: `commit status ${one.state}`, tone });
    }
    if (one.kind !== "object" || one.object.metadata.namespace !== frame.subject.namespace) continue;
    const { kind, metadata } = one.object;
    if (
      kind === "Deployment" &&
      metadata.name === candidate &&
      !available &&
      readyPods(one.object as never) > 0
    ) {
      available = true;
      marks.push({ at, text: `${metadata.name} is available`, tone: "plain" });
    }
    if (kind === "Deployment" && one.change === "DELETED" && [baseline, candidate].includes(metadata.name)) {
      marks.push({ at, text: `${metadata.name} is removed`, tone: "plain" });
    }
    const decided = kind === "Experiment" ? (one.object as Experiment).status?.outcome : undefined;
    if (decided !== undefined && metadata.name === candidate && !outcome) {
      outcome = true;
      const good = ["promoted", "first-deployment", "no-change", "superseded"].includes(decided.word);
      marks.push({ at, text: `outcome: ${decided.word}`, tone: good ? "good" : "bad" });
    }
  }
  return marks;
}

function withDecision(marks: readonly Mark[], evidence: EvidenceSeries | undefined): readonly Mark[] {
  const { decision } = evidence ?? {};
  if (decision === undefined) return marks;
  const tone = decision.kind === "against" ? "bad" : "good";
  const mark: Mark = { at: decision.at, text: `decided: ${reached(decision)}`, tone };
  return [...marks, mark].sort((one, other) => one.at - other.at);
}

/** The threshold on iter8_latency, which has the unit of the metrics ConfigMap, or our own limit with its unit. */
function latencyLimit(experiment: Experiment | undefined, unit: "s" | "ms"): number | undefined {
  const analysis = experiment?.spec?.["analysis" as keyof Experiment["spec"]] as
    | { successCriteria?: readonly { metricName?: string; toleranceType?: string; tolerance?: number }[] }
    | undefined;
  const criterion = analysis?.successCriteria?.find(
    ({ metricName, toleranceType }) => metricName === "iter8_latency" && toleranceType === "threshold",
  );
  return criterion?.tolerance === undefined ? undefined : criterion.tolerance * (unit === "s" ? 1000 : 1);
}

/** Seconds as a person reads them beside others, with the unit of the chart's axis. */
export function clockTime(at: number): string {
  return `${at.toFixed(1)} s`;
}
