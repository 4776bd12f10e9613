/** The results of a PipelineRun, taken from its tasks when it is done. */
import { resultReferences } from "./graph.ts";
import type { PipelineSpec } from "./manifest.ts";
import { substitute } from "./substitution.ts";
import { resultOf, stateOf, type TaskStates } from "./task-state.ts";

export interface PipelineResults {
  readonly results: readonly { readonly name: string; readonly value: string }[];
  /** Results that a task which succeeded should have written and did not: Tekton fails the run for them. */
  readonly missing: readonly string[];
}

/** Results of failed tasks count too (from Pipelines 1.11 on); one that names a result which is not there is left out. */
export function pipelineResults({ results }: PipelineSpec, states: TaskStates): PipelineResults {
  const found: { name: string; value: string }[] = [];
  const missing: string[] = [];
  for (const { name, value } of results) {
    const named = resultReferences([value]);
    const absent = named.filter((each) => resultOf(states, each) === undefined);
    if (absent.some(({ task }) => stateOf(states, task).phase === "succeeded")) missing.push(name);
    if (absent.length > 0) continue;
    const variables = new Map(
      named.flatMap((each) =>
        ["tasks", "finally"].map(
          (part) => [`${part}.${each.task}.results.${each.result}`, resultOf(states, each) ?? ""] as const,
        ),
      ),
    );
    found.push({ name, value: substitute(value, variables) });
  }
  return { results: found, missing };
}
