/** What is written to `--json`: the shape of scenario/v1's report, and how it is made from what was seen. */
import type { Kind } from "../../steps/lib/ports/kinds.ts";
import type { Experiment, Frame } from "./frame.ts";
import { outcomeOf, runExperiment } from "./frame.ts";
import { isReplyOfAnother, type ReplySeen, type Sighting, type StatusSeen } from "./sightings.ts";
import { type Split, splitOf } from "./split.ts";
import { createView, type View } from "./view.ts";

export interface Requests {
  readonly total: number;
  readonly errors: number;
  /** ms; absent where no version answered. */
  readonly p50?: number;
  readonly p99?: number;
}

/** `at` counts seconds from the step's start. */
export interface StepRecord {
  readonly revision: string;
  readonly run: string;
  readonly outcome: string;
  readonly reason: string;
  readonly message: string;
  readonly seconds: number;
  readonly tasks: Readonly<Record<string, string>>;
  readonly statuses: readonly {
    readonly at: number;
    readonly state: string;
    readonly context: string;
    readonly description: string;
  }[];
  readonly weights: readonly { readonly at: number; readonly split: Split }[];
  readonly requests: Readonly<Record<string, Requests>>;
}

export interface ScenarioRecord {
  readonly scenario: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly violations: readonly string[];
  readonly failures: readonly string[];
  readonly steps: readonly StepRecord[];
  readonly objects: readonly string[];
  readonly experiments: readonly unknown[];
}

/** A step's record together with what only its expectations need. */
export interface StepFindings {
  readonly record: StepRecord;
  readonly candidate: string | undefined;
  /** Who has all the traffic when the step is over; undefined when it is shared or nobody has any. */
  readonly serving: string | undefined;
  /** `Kind/name` of the service's namespace when the step is over. */
  readonly objects: readonly string[];
  /** Seconds from the step's start to its terminal commit status. */
  readonly toldAfter: number | undefined;
  /** Seconds from the end of what was done to it until the route and the users knew one version for good; undefined when it is not so. */
  readonly settledAfter: number | undefined;
}

/** Key of requests that no version got. */
export const NOBODY = "(none)";

/** What came of the step that `frame` describes; `sightings` are those of the whole scenario, in order. */
export function stepFindings(sightings: readonly Sighting[], frame: Frame): StepFindings {
  const experiment = runExperiment(sightings, frame);
  const outcome = outcomeOf(sightings, frame, experiment);
  const statuses = sightings.filter(
    (one): one is StatusSeen =>
      one.kind === "status" &&
      one.revision === frame.revision &&
      one.context === (frame.context ?? one.context) &&
      one.at >= frame.from &&
      one.at < frame.statusesUntil,
  );
  const terminal = statuses.find((one) => one.state !== "pending");
  const { weights, end } = weightsOf(sightings, frame);
  const final = Object.entries(splitOf(end, frame.subject)).filter(([, percent]) => percent > 0);
  return {
    record: {
      revision: frame.revision,
      run: frame.run,
      outcome: outcome?.word ?? "",
      reason: outcome?.reason ?? "",
      message: outcome?.sentence ?? "",
      seconds: seconds(frame.until - frame.from),
      tasks: tasksOf(end, frame),
      statuses: statuses.map(({ at, state, context, description }) => ({
        at: seconds(at - frame.from),
        state,
        context,
        description,
      })),
      weights,
      requests: requestsOf(sightings, frame),
    },
    candidate: candidateOf(experiment),
    serving: final.length === 1 ? final[0]?.[0] : undefined,
    objects: objectsIn(end, frame.subject.namespace),
    toldAfter: terminal === undefined ? undefined : seconds(terminal.at - frame.from),
    settledAfter:
      final.length === 1 ? settledAfter(sightings, frame, weights, final[0]?.[0] ?? "") : undefined,
  };
}

/**
 * The later one of the next weights after the last ones that gave another version than the final one a share, and the last
 * answer of such a version. What repairs the mesh after an outage of the API is that it hears of the API again.
 */
function settledAfter(
  sightings: readonly Sighting[],
  frame: Frame,
  weights: StepRecord["weights"],
  only: string,
): number {
  const after = sightings.filter(({ at }) => at >= frame.from && at < frame.settledUntil);
  const doneAt = after.findLast(({ kind }) => kind === "act")?.at ?? frame.from;
  const back = after.findLast((one) => one.kind === "act" && one.text === "return of api");
  const repairedAt = Math.max(doneAt, back === undefined ? doneAt : back.at + frame.deafMs);
  const stray = after.findLast((one) => isReplyOfAnother(one, frame.subject, only));
  const shared = weights.findLastIndex(({ split }) =>
    Object.entries(split).some(([name, percent]) => name !== only && percent > 0),
  );
  const routedAt = frame.from + (weights[shared + 1]?.at ?? 0) * 1000;
  return seconds(Math.max(0, routedAt - doneAt, (stray?.at ?? repairedAt) - repairedAt));
}

/** What is looked at in an app's namespace: not what controllers make, nor what only reports. */
export const APP_KINDS = [
  "Deployment",
  "Service",
  "ConfigMap",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "VirtualService",
  "DestinationRule",
  "Lease",
  "Experiment",
] as const satisfies readonly Kind[];

/** `Kind/name` of what is left. */
export function objectsIn(view: View, namespace: string): readonly string[] {
  return APP_KINDS.flatMap((kind) =>
    view
      .list(kind, namespace)
      .map((one) => `${kind}/${one.metadata.name}`)
      .sort(),
  );
}

/** Requests by version as the users saw them, of the frame's service and time. */
export function requestsOf(
  sightings: readonly Sighting[],
  frame: Pick<Frame, "subject" | "from" | "until">,
): Readonly<Record<string, Requests>> {
  const byVersion = new Map<string, ReplySeen[]>();
  for (const one of sightings) {
    if (one.kind !== "reply" || one.at < frame.from || one.at > frame.until) continue;
    if (one.service !== frame.subject.service || one.namespace !== frame.subject.namespace) continue;
    const name = one.deployment ?? NOBODY;
    const known = byVersion.get(name);
    if (known === undefined) byVersion.set(name, [one]);
    else known.push(one);
  }
  return Object.fromEntries([...byVersion].sort().map(([name, replies]) => [name, summary(name, replies)]));
}

export function failed(reply: ReplySeen): boolean {
  return reply.status === 0 || reply.status >= 500;
}

/** The smallest value that at least this share of the values do not exceed; 0 when there are none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function summary(name: string, replies: readonly ReplySeen[]): Requests {
  const counts = { total: replies.length, errors: replies.filter(failed).length };
  if (name === NOBODY) return counts;
  const took = replies.map((one) => one.at - one.sentAt).sort((one, other) => one - other);
  return { ...counts, p50: Math.round(quantile(took, 0.5)), p99: Math.round(quantile(took, 0.99)) };
}

function weightsOf(sightings: readonly Sighting[], frame: Frame) {
  const view = createView();
  const weights: { at: number; split: Split }[] = [];
  const note = (at: number) => {
    const split = splitOf(view, frame.subject);
    if (JSON.stringify(split) !== JSON.stringify(weights.at(-1)?.split)) weights.push({ at, split });
  };
  for (const one of sightings) {
    if (one.kind !== "object" || one.at > frame.until) continue;
    if (one.at >= frame.from && weights.length === 0) note(0);
    view.see(one);
    if (one.at >= frame.from && one.object.kind === "VirtualService") note(seconds(one.at - frame.from));
  }
  if (weights.length === 0) note(0);
  return { weights, end: view };
}

function tasksOf(view: View, frame: Frame): Readonly<Record<string, string>> {
  const runs = view
    .list("TaskRun")
    .filter((one) => one.metadata.labels?.["tekton.dev/pipelineRun"] === frame.run)
    .sort((one, other) =>
      (one.metadata.creationTimestamp ?? "").localeCompare(other.metadata.creationTimestamp ?? ""),
    );
  const done = runs.map((one) => [
    one.metadata.labels?.["tekton.dev/pipelineTask"] ?? one.metadata.name,
    one.status?.conditions?.find((condition) => condition.type === "Succeeded")?.reason ?? "Pending",
  ]);
  const skipped = view
    .list("PipelineRun")
    .filter((one) => one.metadata.name === frame.run)
    .flatMap((one) => (one.status?.["skippedTasks"] ?? []) as readonly { readonly name: string }[])
    .map((one) => [one.name, "Skipped"]);
  return Object.fromEntries([...done, ...skipped]);
}

function candidateOf(experiment: Experiment | undefined): string | undefined {
  return experiment?.spec?.targetService?.candidate;
}

export function seconds(ms: number): number {
  return Math.round(ms / 10) / 100;
}
