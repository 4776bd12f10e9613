/** Tells the commit that its release has begun, or how it ended. Never stands in the way of the release. */
import { pendingStatus, runUrl, terminalStatus } from "../lib/experiment/commit-status.ts";
import { shortRevision } from "../lib/experiment/names.ts";
import type { Outcome } from "../lib/experiment/outcome.ts";
import type { Cluster } from "../lib/ports/cluster.ts";
import { StepError } from "../lib/ports/errors.ts";
import type { Forge } from "../lib/ports/forge.ts";
import { EXIT } from "../lib/process/exit-codes.ts";
import { withRetry } from "../lib/process/retry.ts";
import { type Edge, outcomeResults, type StepEnd } from "../lib/process/step.ts";
import { postTerminalStatus } from "../lib/release/post-status.ts";
import type { Config } from "./config.ts";
import { findOutcome } from "./find-outcome.ts";

export interface Deps extends Edge {
  readonly cluster: Cluster;
  /** Undefined without a token. */
  readonly forge: Forge | undefined;
}

/** The finally task has ten minutes, and settling comes first. */
const PATIENCE = { forMs: 240_000, everyMs: 5000 } as const;

/** Always ends with exit code 0: a commit that cannot be told is a line in the log. */
export async function setCommitStatus(config: Config, deps: Deps): Promise<StepEnd> {
  if (config.mode === "pending") return { exitCode: EXIT.done, sentence: await begin(config, deps) };
  const outcome = await finish(config, deps);
  return { exitCode: EXIT.done, sentence: outcome.sentence, results: outcomeResults(outcome) };
}

async function begin(config: Config, { forge }: Deps): Promise<string> {
  const { statusContext: context, revision } = config;
  if (forge === undefined) return `no token in Secret github-token: ${commit(config)} gets no status`;
  try {
    await forge.setStatus(
      revision,
      pendingStatus(config.service, context, runUrl(config.dashboardUrl, config.run)),
    );
    return `status ${context} of ${commit(config)} is pending`;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return `the release goes on without a status: ${error.message}`;
  }
}

async function finish(config: Config, deps: Deps): Promise<Outcome> {
  const { forge, cluster, log } = deps;
  const { statusContext: context, revision } = config;
  const outcome = await findOutcome(cluster, config);
  if (forge === undefined) {
    log.info(`no token in Secret github-token: ${commit(config)} gets no status`);
    return outcome;
  }
  const status = terminalStatus(
    outcome,
    context,
    runUrl(config.dashboardUrl, config.run),
    config.failOnRollback,
  );
  try {
    const posted = await withRetry(() => postTerminalStatus(forge, revision, status), {
      ...deps,
      ...PATIENCE,
      on: (error) => log.warn(`${error.message}; trying again`),
    });
    log.info(
      `status ${context} of ${commit(config)} ${posted ? `is ${status.state}` : "was terminal already"}`,
    );
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    log.warn(`the commit does not know how the release ended: ${error.message}`);
  }
  return outcome;
}

function commit({ repository, revision }: Config): string {
  return `${repository}@${shortRevision(revision)}`;
}
