/** How the load generator learns that nobody needs its load any more. Tekton tells it nothing. */
import { LABEL } from "../lib/experiment/names.ts";
import type { Cluster } from "../lib/ports/cluster.ts";
import type { Edge } from "../lib/process/step.ts";
import type { Config } from "./config.ts";

const POLL_EVERY_MS = 2000;
/** The name of the loop's task in `pipelines/canary-release`. */
const WAIT_TASK = "wait-and-cleanup";

export interface ReleaseEndDeps extends Edge {
  readonly cluster: Pick<Cluster, "get" | "list">;
}

/**
 * Resolves with the reason why load is not needed any more: the Experiment is completed, gone or another run's, the task
 * that runs its loop has ended, or the whole run has. What can't be read is one line in the log per outage and otherwise
 * ignored. Rejects only with the reason of `signal`.
 */
export async function releaseEnd(
  config: Config,
  { cluster, clock, log, signal }: ReleaseEndDeps,
): Promise<string> {
  let isAway = false;
  for (;;) {
    try {
      const reason = await reasonToEnd(config, cluster);
      if (reason !== undefined) return reason;
      isAway = false;
    } catch (error) {
      if (!isAway && !signal.aborted)
        log.warn(
          `load goes on, but not knowing whether the release is over: ${error instanceof Error ? error.message : String(error)}`,
        );
      isAway = true;
    }
    await clock.sleep(POLL_EVERY_MS, signal);
  }
}

async function reasonToEnd(
  { experiment, namespace, run }: Config,
  cluster: ReleaseEndDeps["cluster"],
): Promise<string | undefined> {
  const found = await cluster.get("Experiment", namespace, experiment);
  if (found === undefined) return `the Experiment ${namespace}/${experiment} is gone`;
  const owner = found.metadata.labels?.[LABEL.run];
  if (owner !== undefined && owner !== run.uid)
    return `the Experiment ${namespace}/${experiment} is another run's`;
  if (phaseOf(found["status"]) === "Completed")
    return `the Experiment ${namespace}/${experiment} is completed`;

  const waits = await cluster.list("TaskRun", run.namespace, {
    "tekton.dev/pipelineRun": run.name,
    "tekton.dev/pipelineTask": WAIT_TASK,
  });
  if (waits.some((taskRun) => taskRun.status?.completionTime !== undefined))
    return `the task ${WAIT_TASK} has ended`;

  const pipelineRun = await cluster.get("PipelineRun", run.namespace, run.name);
  if (pipelineRun === undefined) return `the PipelineRun ${run.namespace}/${run.name} is gone`;
  if (pipelineRun.status?.completionTime !== undefined)
    return `the PipelineRun ${run.namespace}/${run.name} has ended`;
  return undefined;
}

function phaseOf(status: unknown): unknown {
  return typeof status === "object" && status !== null && "phase" in status ? status.phase : undefined;
}
