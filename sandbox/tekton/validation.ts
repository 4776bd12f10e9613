/** What Tekton's webhook and reconciler refuse before a PipelineRun starts its first task. */
import { graphProblem, resultReferences, textsOf } from "./graph.ts";
import type { PipelineRunSpec, PipelineSpec, PipelineTask, TaskSpec } from "./manifest.ts";
import { references, substitute, type Variables } from "./substitution.ts";

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Why the run cannot start, in Tekton's words for the reason; undefined when it can. `tasks` by task name. */
export function refusal(
  run: PipelineRunSpec,
  pipeline: PipelineSpec,
  tasks: ReadonlyMap<string, TaskSpec>,
): Refusal | undefined {
  const graph = graphProblem(pipeline.tasks);
  if (graph !== undefined) return { reason: "PipelineInvalidGraph", message: graph };
  const missing = missingParams(pipeline.params, run.params);
  if (missing.length > 0)
    return { reason: "ParameterMissing", message: `pipelineRun missing parameters: [${missing.join(" ")}]` };
  const chained = [pipeline, ...tasks.values()]
    .flatMap(({ params }) => params)
    .find((each) => references(each.default ?? "").some((name) => name.startsWith("params.")));
  if (chained !== undefined)
    return {
      reason: "PipelineValidationFailed",
      message: `the default of the param "${chained.name}" names another param, which the sandbox does not support`,
    };
  const unbound = pipeline.workspaces.find(
    ({ name, optional }) => !optional && run.workspaces.every((binding) => binding.name !== name),
  );
  if (unbound !== undefined)
    return {
      reason: "InvalidWorkspaceBindings",
      message: `pipeline requires workspace with name "${unbound.name}" be provided by pipelinerun`,
    };
  const all = [...pipeline.tasks, ...pipeline.finally];
  const stray = run.taskRunSpecs.find((spec) => all.every(({ name }) => name !== spec.pipelineTaskName));
  if (stray !== undefined)
    return {
      reason: "InvalidTaskRunSpecs",
      message: `spec.taskRunSpecs names "${stray.pipelineTaskName}", which is no task of the pipeline`,
    };
  const invalid = all.map((task) => taskProblem(task, pipeline, tasks)).find((each) => each !== undefined);
  if (invalid !== undefined) return { reason: "PipelineValidationFailed", message: invalid };
  const reference = [
    ...all.flatMap((task) => resultReferences(textsOf(task))),
    ...pipeline.results.flatMap(({ value }) => resultReferences([value])),
  ].find(({ task, result }) => !declares(all, tasks, task, result));
  return reference === undefined
    ? undefined
    : {
        reason: "InvalidTaskResultReference",
        message: `no task "${reference.task}" declares the result "${reference.result}"`,
      };
}

function taskProblem(
  task: PipelineTask,
  pipeline: PipelineSpec,
  tasks: ReadonlyMap<string, TaskSpec>,
): string | undefined {
  const spec = tasks.get(task.name);
  if (spec === undefined) return `task "${task.name}" was not resolved`;
  const missing = missingParams(spec.params, task.params);
  if (missing.length > 0)
    return `task "${task.name}": missing values for these params which have no default values: [${missing.join(" ")}]`;
  const extra = task.params.find(({ name }) => spec.params.every((each) => each.name !== name));
  if (extra !== undefined)
    return `task "${task.name}" is given the param "${extra.name}", which it does not declare`;
  for (const { name, workspace = name } of task.workspaces) {
    if (pipeline.workspaces.every((each) => each.name !== workspace))
      return `task "${task.name}" uses the workspace "${workspace}", which the pipeline does not declare`;
    if (spec.workspaces.every((each) => each.name !== name))
      return `task "${task.name}" is given the workspace "${name}", which it does not declare`;
  }
  const unknown = textsOf(task)
    .flatMap(references)
    .find((name) => !isKnown(name, pipeline, pipeline.finally.includes(task)));
  return unknown === undefined ? undefined : `task "${task.name}": nothing is known as $(${unknown})`;
}

const CONTEXT: ReadonlySet<string> = new Set([
  "context.pipelineRun.name",
  "context.pipelineRun.namespace",
  "context.pipelineRun.uid",
  "context.pipeline.name",
]);

function isKnown(name: string, pipeline: PipelineSpec, inFinally: boolean): boolean {
  if (CONTEXT.has(name)) return true;
  const [kind, owner = "", part, ...rest] = name.split(".");
  if (kind === "params") return part === undefined && pipeline.params.some((each) => each.name === owner);
  if (kind === "workspaces")
    return part === "bound" && pipeline.workspaces.some((each) => each.name === owner);
  if (kind !== "tasks") return false;
  if (name === "tasks.status") return inFinally;
  if (pipeline.tasks.every((each) => each.name !== owner)) return false;
  if (part === "results") return rest.length === 1;
  return inFinally && rest.length === 0 && (part === "status" || part === "reason");
}

function declares(
  all: readonly PipelineTask[],
  tasks: ReadonlyMap<string, TaskSpec>,
  task: string,
  result: string,
): boolean {
  return (
    all.some(({ name }) => name === task) &&
    tasks.get(task)?.results.some(({ name }) => name === result) === true
  );
}

interface Declared {
  readonly name: string;
  readonly default?: string | undefined;
}

function missingParams(declared: readonly Declared[], given: readonly { readonly name: string }[]): string[] {
  return declared
    .filter((each) => each.default === undefined && given.every(({ name }) => name !== each.name))
    .map(({ name }) => name);
}

/** `params.*` of a pipeline or task: what is given, else the default, in which `variables` are put in. */
export function paramVariables(
  declared: readonly Declared[],
  given: readonly { readonly name: string; readonly value: string }[],
  variables: Variables,
): (readonly [string, string])[] {
  return declared.map(({ name, default: fallback = "" }) => {
    const value = given.find((each) => each.name === name)?.value ?? fallback;
    return [`params.${name}`, substitute(value, variables)] as const;
  });
}
