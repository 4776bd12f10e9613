/** Which pipeline task needs which: `runAfter`, and results of others in params and `when`. */
import type { PipelineTask } from "./manifest.ts";
import { references } from "./substitution.ts";

export interface ResultReference {
  readonly task: string;
  readonly result: string;
}

const RESULT = /^(tasks|finally)\.([^.]+)\.results\.([^.[]+)$/;

/** The results of other tasks that `texts` name. */
export function resultReferences(texts: readonly string[]): ResultReference[] {
  return texts.flatMap(references).flatMap((name) => {
    const [, , task, result] = RESULT.exec(name) ?? [];
    return task === undefined || result === undefined ? [] : [{ task, result }];
  });
}

/** Every text of a pipeline task in which variables are put in. */
export function textsOf(task: PipelineTask): string[] {
  return [
    ...task.params.map(({ value }) => value),
    ...task.when.flatMap(({ input, values }) => [input, ...values]),
  ];
}

/** The tasks that `task` waits for. */
export function parentsOf(task: PipelineTask): string[] {
  return [...new Set([...task.runAfter, ...resultReferences(textsOf(task)).map((each) => each.task)])];
}

/** What is wrong with the graph (unknown names, twice the same name, a circle), or undefined. */
export function graphProblem(tasks: readonly PipelineTask[]): string | undefined {
  const names = new Set<string>();
  for (const { name } of tasks) {
    if (names.has(name)) return `task "${name}" is defined twice`;
    names.add(name);
  }
  for (const task of tasks)
    for (const parent of parentsOf(task))
      if (!names.has(parent)) return `task "${task.name}" depends on "${parent}", which is not defined`;
  const done = new Set<string>();
  for (let before = -1; before !== done.size; ) {
    before = done.size;
    for (const task of tasks) if (parentsOf(task).every((parent) => done.has(parent))) done.add(task.name);
  }
  const circle = tasks.filter(({ name }) => !done.has(name)).map(({ name }) => name);
  return circle.length === 0 ? undefined : `these tasks wait for each other: ${circle.join(", ")}`;
}
