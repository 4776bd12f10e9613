/** How a release ended, read from where the other steps left it. */
import * as z from "zod";
import { LABEL } from "../lib/experiment/names.ts";
import { OUTCOME_REASONS, OUTCOME_WORDS, type Outcome } from "../lib/experiment/outcome.ts";
import type { Cluster } from "../lib/ports/cluster.ts";
import { StepError } from "../lib/ports/errors.ts";
import { findRun, unfinishedOutcome } from "../lib/release/run.ts";

/** The run that is asked about, and the namespace of its Experiment. */
export interface Release {
  readonly run: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly namespace: string;
}

const outcome = z.object({
  word: z.enum(OUTCOME_WORDS),
  reason: z.enum(OUTCOME_REASONS),
  sentence: z.string().min(1),
});
const withOutcome = z.object({ status: z.object({ outcome }) });

/**
 * The outcome in the run's Experiment; else in the results of its create-experiment; else that the run was cancelled or
 * interrupted. A cluster that does not answer is an outcome too: nobody else will tell the commit.
 */
export async function findOutcome(cluster: Cluster, release: Release): Promise<Outcome> {
  try {
    return (
      (await fromExperiment(cluster, release)) ??
      (await fromResults(cluster, release)) ??
      unfinishedOutcome(release.run, await findRun(cluster, release.run))
    );
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    const sentence = `it is not known how the release ended: ${error.message}`;
    return { word: "error", reason: "ClusterUnavailable", sentence };
  }
}

async function fromExperiment(cluster: Cluster, { run, namespace }: Release): Promise<Outcome | undefined> {
  const experiments = await cluster.list("Experiment", namespace, { [LABEL.run]: run.uid });
  return experiments.map((each) => withOutcome.safeParse(each).data?.status.outcome).find((found) => found);
}

async function fromResults(cluster: Cluster, { run }: Release): Promise<Outcome | undefined> {
  const taskRuns = await cluster.list("TaskRun", run.namespace, {
    "tekton.dev/pipelineRun": run.name,
    "tekton.dev/pipelineTask": "create-experiment",
  });
  const candidates = taskRuns.map(({ status }) => {
    const result = Object.fromEntries((status?.results ?? []).map(({ name, value }) => [name, value]));
    return { word: result["outcome"], reason: result["reason"], sentence: result["sentence"] };
  });
  return candidates.map((each) => outcome.safeParse(each).data).find((found) => found);
}
