/** Bringing a release to its end whose own run will not: the finally task does it, or the next run that takes the lock. */
import { ANNOTATION, LABEL } from "../experiment/names.ts";
import type { Outcome } from "../experiment/outcome.ts";
import type { Experiment } from "../experiment/schema.ts";
import { isCompleted } from "../experiment/status.ts";
import type { PlanOptions } from "../loop/plan.ts";
import { isAppliedBy } from "./applied.ts";
import { type DriveEnd, drive } from "./drive.ts";
import { experimentsOf, getExperiment, type LiveExperiment } from "./experiments.ts";
import { loadRelease, type Release, type World } from "./release.ts";
import { findRun, howEnded, isActive, type Run } from "./run.ts";

export interface Settled {
  readonly experiment: Experiment;
  readonly outcome: Outcome;
}

/** Settles one experiment of a run that is over: a recorded verdict is completed, without one traffic goes to the baseline. */
export async function settle(
  world: World,
  experiment: LiveExperiment,
  options: PlanOptions & {
    readonly writer: string;
    readonly signal: AbortSignal;
    readonly run: Run | undefined;
  },
): Promise<DriveEnd> {
  const { writer, signal, run, ...plan } = options;
  if (experiment.unreadable !== undefined) {
    world.log.warn(
      `Experiment ${experiment.metadata.name} cannot be read any more: ${experiment.unreadable}; ending it by its names, its route and its status.`,
    );
  }
  const ended = howEnded(run === undefined ? undefined : await findRun(world.cluster, run));
  const release = await loadRelease(world.cluster, experiment, run, plan);
  const end = await drive(world, release, { writer, ended, signal });
  const { namespace, name } = release.experiment;
  const after = await getExperiment(world.cluster, namespace, name);
  if (after !== undefined && isCompleted(after)) await removeLate(world, release, after);
  return end;
}

/**
 * A candidate that was applied as the loop ended. The loop completes with the baseline as winner only when it sees no
 * candidate or has noted why it left it, so one that is there without such a note came after it, and nobody has judged it.
 */
async function removeLate(
  { cluster, log }: World,
  { plan, run }: Release,
  { metadata, status }: Experiment,
): Promise<void> {
  const { verdict, leftOver } = status?.loop ?? {};
  if (plan.kind === "Service" || verdict?.winner !== "baseline" || leftOver !== undefined) return;
  const late = await cluster.get("Deployment", plan.namespace, plan.candidate);
  if (late === undefined || late.metadata.deletionTimestamp !== undefined) return;
  const older = (late.metadata.creationTimestamp ?? "") < (metadata.creationTimestamp ?? "");
  if (older || !isAppliedBy(late, run)) return;
  await cluster.remove("Deployment", plan.namespace, plan.candidate, late.metadata.uid);
  log.warn(`Removed ${plan.candidate}: it was applied while the release ended, so nobody has judged it.`);
}

/**
 * Settles what dead runs of the service have left open, and finds the one that ended last: its run may have died before
 * its commit was told. Call it while holding the lock; what belongs to `mine` is left alone.
 */
export async function settleOthers(
  world: World,
  where: { readonly namespace: string; readonly service: string; readonly mine: Run },
  options: PlanOptions & { readonly writer: string; readonly signal: AbortSignal },
): Promise<readonly Settled[]> {
  const all = await experimentsOf(world.cluster, where.namespace, where.service);
  const others = all.filter((experiment) => runOf(experiment)?.uid !== where.mine.uid);
  const settled: Settled[] = [];
  const last = others.findLast(isCompleted);
  // A run that has given the lock back and still goes on tells its commit itself.
  const lastRun = last === undefined ? undefined : runOf(last);
  const telling = lastRun !== undefined && isActive(await findRun(world.cluster, lastRun));
  if (last?.status?.outcome !== undefined && !telling) {
    settled.push({ experiment: last, outcome: last.status.outcome });
  }
  for (const experiment of others.filter((one) => !isCompleted(one))) {
    const run = runOf(experiment);
    world.log.info(
      `Run ${run?.name ?? "unknown"} ended without finishing ${experiment.metadata.name}: settling it first.`,
    );
    const end = await settle(world, experiment, { ...options, run });
    if (end.kind === "completed") settled.push({ experiment, outcome: end.outcome });
  }
  return settled;
}

/** The run that an Experiment belongs to, as its annotations say. */
export function runOf(experiment: Experiment): Run | undefined {
  const [namespace, name] = experiment.metadata.annotations?.[ANNOTATION.run]?.split("/") ?? [];
  const uid = experiment.metadata.labels?.[LABEL.run];
  return namespace && name && uid ? { namespace, name, uid } : undefined;
}
