/** The terminal statuses of older releases that ended without telling their commit: nobody else will post them. */
import { terminalStatus } from "../lib/experiment/commit-status.ts";
import { ANNOTATION } from "../lib/experiment/names.ts";
import type { Outcome } from "../lib/experiment/outcome.ts";
import type { Cluster } from "../lib/ports/cluster.ts";
import { StepError } from "../lib/ports/errors.ts";
import type { Forge } from "../lib/ports/forge.ts";
import type { Log } from "../lib/ports/log.ts";
import { experimentOfRun } from "../lib/release/experiments.ts";
import type { Enrolled } from "../lib/release/lock.ts";
import { postTerminalStatus } from "../lib/release/post-status.ts";
import { findRun, parseRunIdentity, unfinishedOutcome } from "../lib/release/run.ts";
import type { Settled } from "../lib/release/settle.ts";
import type { Config } from "./config.ts";

interface Untold {
  readonly revision: string;
  readonly context: string;
  readonly outcome: Outcome;
}

export async function postForOthers(
  config: Config,
  { forge, cluster, log }: { readonly forge: Forge; readonly cluster: Cluster; readonly log: Log },
  settled: readonly Settled[],
  abandoned: readonly Enrolled[],
): Promise<void> {
  const untold = [
    ...settled.flatMap((one) => fromExperiment(config, one)),
    ...(await Promise.all(abandoned.map((one) => withoutExperiment(config, cluster, one)))).flat(),
  ];
  for (const { revision, context, outcome } of untold) {
    // A rerun of the same commit has set its own pending status already: that one is not about the older run.
    if (revision === config.revision) continue;
    try {
      await postTerminalStatus(
        forge,
        revision,
        terminalStatus(outcome, context, undefined, config.failOnRollback),
      );
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      log.warn(`How the release of ${revision.slice(0, 7)} ended could not be told: ${error.message}.`);
    }
  }
}

function fromExperiment(config: Config, { experiment, outcome }: Settled): readonly Untold[] {
  const annotations = experiment.metadata.annotations ?? {};
  const revision = annotations[ANNOTATION.revision];
  const context = annotations[ANNOTATION.statusContext];
  // A commit of another repository is not ours to mark with this token.
  if (annotations[ANNOTATION.repository] !== config.repository) return [];
  return revision === undefined || context === undefined ? [] : [{ revision, context, outcome }];
}

/** A run that died before it had an Experiment, or whose Experiment somebody deleted. */
async function withoutExperiment(
  config: Config,
  cluster: Cluster,
  one: Enrolled,
): Promise<readonly Untold[]> {
  const run = parseRunIdentity(one.run);
  if (run === undefined) return [];
  if ((await experimentOfRun(cluster, config.namespace, run.uid)) !== undefined) return [];
  const outcome = unfinishedOutcome(run, await findRun(cluster, run));
  return [{ revision: one.revision, context: config.statusContext, outcome }];
}
