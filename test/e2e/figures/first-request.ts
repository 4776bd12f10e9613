/** The way from a webhook to the first request that the candidate answers. Pure. */
import { runExperiment } from "../../../sandbox/scenario/frame.ts";
import type { ReplySeen, Sighting } from "../../../sandbox/scenario/sightings.ts";
import { type ServiceName, splitOf } from "../../../sandbox/scenario/split.ts";
import { createView } from "../../../sandbox/scenario/view.ts";
import type { Deployment, PipelineRun, TaskRun } from "../../../steps/lib/ports/kinds.ts";
import type { StepSeen } from "./steps.ts";

/** A webhook that was sent; `at` in ms since the epoch. */
export interface Sent {
  readonly id: string;
  readonly at: number;
}

/** One part of the way ends at each of them, in this order. */
export const MOMENTS = [
  "PipelineRun created",
  "create-experiment's first step runs",
  "create-experiment done",
  "apply-candidate runs",
  "candidate available",
  "first weight above 0",
  "first reply of the candidate",
] as const;

export interface FirstRequest {
  readonly run: string;
  /** ms of each part, in the order of MOMENTS; the first one begins with the webhook. */
  readonly parts: readonly number[];
}

interface Run {
  readonly name: string;
  readonly delivery: string;
  readonly seenAt: number;
  /** When it was seen to be over. */
  readonly doneAt: number;
}

/**
 * Of each push whose candidate got a request. Runs that another run was in the way of are left out, and so are those that
 * a person started: they repeat the webhook's id.
 */
export function firstRequestsOf(
  sightings: readonly Sighting[],
  deliveries: readonly Sent[],
  steps: readonly StepSeen[],
): readonly FirstRequest[] {
  const runs = runsOf(sightings);
  return runs.flatMap((run): readonly FirstRequest[] => {
    const sent = deliveries.find(({ id }) => id.toLowerCase() === run.delivery);
    const isFirst = runs.find(({ delivery }) => delivery === run.delivery) === run;
    if (sent === undefined || !isFirst) return [];
    if (runs.some((other) => other !== run && other.seenAt < run.seenAt && other.doneAt > sent.at)) return [];
    const moments = momentsOf(sightings, run, steps);
    if (moments === undefined) return [];
    // The watcher may tell of a weight a moment after the mesh has followed.
    let before = sent.at;
    const parts = moments.map((at) => {
      const ms = Math.max(0, at - before);
      before += ms;
      return ms;
    });
    return [{ run: run.name, parts }];
  });
}

function momentsOf(
  sightings: readonly Sighting[],
  { name, seenAt }: Run,
  steps: readonly StepSeen[],
): readonly number[] | undefined {
  const target = runExperiment(sightings, { run: name });
  const candidate = target?.spec?.targetService?.candidate;
  const service = target?.spec?.targetService?.name;
  if (target === undefined || candidate === undefined || service === undefined) return undefined;
  const at: ServiceName = { service, namespace: target.metadata.namespace ?? "" };
  const turn = (task: string) => steps.find((one) => one.run === name && one.task === task && one.isFirst);
  const moments = [
    seenAt,
    turn("create-experiment")?.startedAt,
    taskDone(sightings, name, "create-experiment"),
    turn("apply-candidate")?.startedAt,
    available(sightings, at, candidate, seenAt),
    weighted(sightings, at, candidate, seenAt),
    sightings
      .filter((one): one is ReplySeen => one.kind === "reply" && one.at > seenAt)
      .find(
        (one) => one.deployment === candidate && one.service === service && one.namespace === at.namespace,
      )?.at,
  ];
  const known = moments.filter((one) => one !== undefined);
  return known.length === moments.length ? known : undefined;
}

function runsOf(sightings: readonly Sighting[]): readonly Run[] {
  const runs = new Map<string, Run>();
  for (const one of sightings) {
    if (one.kind !== "object" || one.object.kind !== "PipelineRun" || one.staged) continue;
    const { metadata, spec, status } = one.object as PipelineRun;
    const params = (spec["params"] ?? []) as readonly { readonly name: string; readonly value: unknown }[];
    const delivery = String(params.find((param) => param.name === "delivery")?.value ?? "");
    const known = runs.get(metadata.name) ?? {
      name: metadata.name,
      delivery,
      seenAt: one.at,
      doneAt: Number.POSITIVE_INFINITY,
    };
    const isNews = status?.completionTime !== undefined && known.doneAt === Number.POSITIVE_INFINITY;
    runs.set(metadata.name, isNews ? { ...known, doneAt: one.at } : known);
  }
  return [...runs.values()];
}

function taskDone(sightings: readonly Sighting[], run: string, task: string): number | undefined {
  return sightings.find((one) => {
    if (one.kind !== "object" || one.object.kind !== "TaskRun") return false;
    const { metadata, status } = one.object as TaskRun;
    const { labels = {} } = metadata;
    const isIt = labels["tekton.dev/pipelineRun"] === run && labels["tekton.dev/pipelineTask"] === task;
    return isIt && status?.completionTime !== undefined;
  })?.at;
}

function available(
  sightings: readonly Sighting[],
  { namespace }: ServiceName,
  candidate: string,
  from: number,
): number | undefined {
  return sightings.find((one) => {
    if (one.kind !== "object" || one.object.kind !== "Deployment" || one.at < from) return false;
    const { metadata, status } = one.object as Deployment;
    const isIt = metadata.name === candidate && metadata.namespace === namespace;
    return isIt && (status?.availableReplicas ?? 0) > 0;
  })?.at;
}

function weighted(
  sightings: readonly Sighting[],
  at: ServiceName,
  candidate: string,
  from: number,
): number | undefined {
  const view = createView();
  return sightings.find((one) => {
    if (one.kind !== "object") return false;
    view.see(one);
    if (one.object.kind !== "VirtualService" || one.at < from) return false;
    return (splitOf(view, at)[candidate] ?? 0) > 0;
  })?.at;
}
