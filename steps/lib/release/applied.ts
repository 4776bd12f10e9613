/** Which Deployment a run has applied: one of the candidate's name may be older, and its pods are not the candidate's. */
import { LABEL } from "../experiment/names.ts";
import type { Deployment } from "../ports/kinds.ts";
import type { Run } from "./run.ts";

/** `deployment` with the mark of the run that applies it, in the same write as its template. */
export function markApplied(deployment: Deployment, run: Run): Deployment {
  const { metadata } = deployment;
  return { ...deployment, metadata: { ...metadata, labels: { ...metadata.labels, [LABEL.run]: run.uid } } };
}

/** Whether `run` has applied it. An Experiment that names no run has nobody who marks. */
export function isAppliedBy({ metadata }: Deployment, run: Run | undefined): boolean {
  return run === undefined || metadata.labels?.[LABEL.run] === run.uid;
}
