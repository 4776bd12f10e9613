/**
 * The driver of the loop: look, decide, record, act, on a grid of one second. It writes only while the Experiment is still
 * the one it started with and nobody else drives it; everything it must remember is in the Experiment.
 */
import { mergePatch } from "../experiment/merge-patch.ts";
import type { Outcome } from "../experiment/outcome.ts";
import type { Experiment, ExperimentStatus } from "../experiment/schema.ts";
import { decide } from "../loop/decide.ts";
import type { Decision } from "../loop/model.ts";
import { withLoop } from "../loop/record.ts";
import { withRemarks } from "../loop/verdicts.ts";
import { ConflictError, InvalidError, NotFoundError } from "../ports/errors.ts";
import { act } from "./act.ts";
import { startCount } from "./count.ts";
import { getExperiment, type LiveExperiment, parseExperiment } from "./experiments.ts";
import { type Known, type Look, look } from "./look.ts";
import type { Release, World } from "./release.ts";

const TICK_MS = 1000;

export type DriveEnd =
  | { readonly kind: "completed"; readonly outcome: Outcome }
  /** Another process drives this Experiment now, or it is another Experiment. */
  | { readonly kind: "taken-over" };

export interface DriveOptions {
  /** Unique to this process: what it writes into `status.loop.writer`. */
  readonly writer: string;
  /** Settle mode: the run is over, why. */
  readonly ended?: "Cancelled" | "Interrupted";
  /** Stops the driver between two writes; it throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Drives `release` until it is completed. Throws what the cluster throws once patience is over, and InvalidError when a
 * release that is to be judged was loaded from an Experiment that cannot be read.
 */
export async function drive(world: World, release: Release, options: DriveOptions): Promise<DriveEnd> {
  const { clock, log } = world;
  const { signal, ended, writer } = options;
  const { name, loaded } = release.experiment;
  if (ended === undefined && loaded.unreadable !== undefined) {
    throw new InvalidError(
      `could not read Experiment ${release.plan.namespace}/${name}: ${loaded.unreadable}`,
    );
  }
  const memory = await claim(world, release, writer);
  if (memory === undefined) return { kind: "taken-over" };
  let experiment = memory;
  let resumed = true;
  let deleted = false;
  let unreadable = loaded.unreadable;
  let tick = clock.now();
  const count = startCount();

  for (;;) {
    signal?.throwIfAborted();
    if (experiment.status?.outcome !== undefined && experiment.status.phase === "Completed") {
      return { kind: "completed", outcome: experiment.status.outcome };
    }
    const known: Known = { resumed, deleted, count, ...(ended !== undefined && { ended }) };
    let changed = false;
    try {
      const sight = await look(world, release, experiment, known);
      signal?.throwIfAborted();
      const decision = decide(release.plan, experiment.status ?? {}, sight.seen, clock.now());
      changed = decision.status !== experiment.status || decision.completed !== undefined;
      const written = await carryOut(world, release, sight, decision, experiment, deleted);
      // What an older CRD does not keep is no change, and must not be tried again at once.
      if (!deleted) changed = written.metadata.resourceVersion !== experiment.metadata.resourceVersion;
      experiment = written;
      resumed = false;
    } catch (error) {
      // Somebody wrote in between: look again. What was recorded and not yet done is our own unfinished work.
      if (!(error instanceof ConflictError) && !(error instanceof NotFoundError)) throw error;
      resumed = true;
    }
    if (!changed) {
      tick = Math.max(tick + TICK_MS, clock.now());
      await clock.sleep(tick - clock.now(), signal);
    }
    if (deleted) continue;
    const newest = await getExperiment(world.cluster, release.experiment.namespace, release.experiment.name);
    if (newest === undefined || newest.metadata.uid !== release.experiment.uid) {
      if (newest !== undefined) return { kind: "taken-over" };
      log.warn("Somebody deleted the Experiment: ending the release from memory.");
      deleted = true;
      continue;
    }
    if (newest.status?.loop?.writer !== writer && newest.status?.phase !== "Completed") {
      return { kind: "taken-over" };
    }
    if (unreadable === undefined && newest.unreadable !== undefined) {
      unreadable = newest.unreadable;
      log.warn(
        `The Experiment was edited and cannot be read any more: ${unreadable}; the release goes on as it was.`,
      );
    }
    experiment = inRelease(release, newest);
  }
}

/** While a release runs only these change; its plan was made from the rest when it was loaded. */
function inRelease(release: Release, { metadata, action, status }: LiveExperiment): Experiment {
  return { ...release.experiment.loaded, metadata, action, status };
}

/** Writes who drives from now on; a process that drove before stops at its next look. */
async function claim(world: World, release: Release, writer: string): Promise<Experiment | undefined> {
  const { namespace, name, uid } = release.experiment;
  for (;;) {
    const experiment = await getExperiment(world.cluster, namespace, name);
    if (experiment === undefined || experiment.metadata.uid !== uid) return undefined;
    if (experiment.status?.phase === "Completed") return inRelease(release, experiment);
    try {
      return await record(world, release, experiment, withLoop(experiment.status ?? {}, { writer }));
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

async function carryOut(
  world: World,
  release: Release,
  sight: Look,
  decision: Decision,
  experiment: Experiment,
  deleted: boolean,
): Promise<Experiment> {
  const save = async (before: Experiment, status: ExperimentStatus) =>
    deleted ? { ...before, status } : await record(world, release, before, status);
  let current = experiment;
  if (decision.status !== experiment.status) current = await save(current, decision.status);
  for (const line of decision.lines) world.log[line.level](line.text);
  const remarks: string[] = [];
  for (const effect of decision.effects) remarks.push(...(await act(world, release, sight, effect)));
  if (decision.completed !== undefined) {
    current = await save(current, remarked(decision.completed, remarks));
  }
  return current;
}

/** What could not be done on the way to the end, in the sentence that everybody reads. */
function remarked(status: ExperimentStatus, remarks: readonly string[]): ExperimentStatus {
  const { outcome } = status;
  if (outcome === undefined) return status;
  return { ...status, outcome: { ...outcome, sentence: withRemarks(outcome.sentence, remarks) } };
}

/** Writes the status, only onto the version of the Experiment that it was made from. */
export async function record(
  { cluster }: World,
  release: Release,
  experiment: Experiment,
  status: ExperimentStatus,
): Promise<Experiment> {
  const { namespace, name } = release.experiment;
  const change = mergePatch(experiment.status ?? {}, status);
  if (change === undefined) return experiment;
  const { resourceVersion, uid } = experiment.metadata;
  const patch = { metadata: { resourceVersion, uid }, status: change };
  return inRelease(
    release,
    parseExperiment(await cluster.patch("Experiment", namespace, name, patch, "status")),
  );
}
