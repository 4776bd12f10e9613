/** A PipelineRun made ready to run: its pipeline, its tasks and what is known to all of them. */
import { createHash } from "node:crypto";
import { formatDuration } from "../../steps/lib/experiment/duration.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "../cluster/store.ts";
import {
  type PipelineRunSpec,
  type PipelineSpec,
  type PipelineTask,
  parsePipeline,
  parsePipelineRun,
  parseTask,
  type TaskSpec,
} from "./manifest.ts";
import type { Variables } from "./substitution.ts";
import { type Timeouts, taskTimeout, timeoutsOf } from "./timeouts.ts";
import { paramVariables, type Refusal, refusal } from "./validation.ts";

export interface Plan {
  readonly pipeline: PipelineSpec;
  readonly pipelineName: string;
  readonly timeouts: Timeouts;
  readonly variables: Variables;
}

export type Preparation =
  | { readonly plan: Plan; readonly refusal?: never }
  | { readonly plan?: never; readonly refusal: Refusal };

/** Resolves the references of a run and checks them. Never throws: what is wrong becomes the run's condition. */
export function prepare(run: KubeObject, store: Store): Preparation {
  const { name, namespace = "", uid = "" } = run.metadata;
  const refuse = (reason: string, message: string): Preparation => ({ refusal: { reason, message } });
  try {
    const spec = parsePipelineRun(run);
    const pipelineName = spec.pipelineRef?.name ?? name;
    const object =
      spec.pipelineRef === undefined ? undefined : store.get("Pipeline", namespace, spec.pipelineRef.name);
    const pipeline = object === undefined ? spec.pipelineSpec : parsePipeline(object);
    if (pipeline === undefined)
      return refuse("CouldntGetPipeline", `Pipeline "${namespace}/${pipelineName}" not found`);
    const tasks = new Map<string, TaskSpec>();
    for (const task of [...pipeline.tasks, ...pipeline.finally]) {
      const found = store.get("Task", namespace, task.taskRef.name);
      if (found === undefined)
        return refuse("CouldntGetTask", `Task "${namespace}/${task.taskRef.name}" not found`);
      tasks.set(task.name, parseTask(found));
    }
    const problem = refusal(spec, pipeline, tasks);
    if (problem !== undefined) return { refusal: problem };
    const context = new Map([
      ["context.pipelineRun.name", name],
      ["context.pipelineRun.namespace", namespace],
      ["context.pipelineRun.uid", uid],
      ["context.pipeline.name", pipelineName],
    ]);
    const bound = pipeline.workspaces.map(
      (workspace) =>
        [
          `workspaces.${workspace.name}.bound`,
          String(spec.workspaces.some((binding) => binding.name === workspace.name)),
        ] as const,
    );
    const variables = new Map([
      ...context,
      ...bound,
      ...paramVariables(pipeline.params, spec.params, context),
    ]);
    return { plan: { pipeline, pipelineName, timeouts: timeoutsOf(spec.timeouts), variables } };
  } catch (error) {
    return refuse("PipelineValidationFailed", error instanceof Error ? error.message : String(error));
  }
}

/** The TaskRun of one task of a run; `task` has its variables put in. */
export function taskRunOf(run: KubeObject, plan: Plan, task: PipelineTask): KubeObject {
  const { name, namespace = "", uid = "", labels = {}, annotations = {} } = run.metadata;
  const spec = parsePipelineRun(run);
  const inFinally = plan.pipeline.finally.some((each) => each.name === task.name);
  const limit = inFinally ? plan.timeouts.finally : plan.timeouts.tasks;
  return {
    apiVersion: "tekton.dev/v1",
    kind: "TaskRun",
    metadata: {
      name: taskRunName(name, task.name),
      namespace,
      labels: {
        ...labels,
        "tekton.dev/memberOf": inFinally ? "finally" : "tasks",
        "tekton.dev/pipeline": plan.pipelineName,
        "tekton.dev/pipelineRun": name,
        "tekton.dev/pipelineRunUID": uid,
        "tekton.dev/pipelineTask": task.name,
        "tekton.dev/task": task.taskRef.name,
      },
      annotations,
      ownerReferences: [{ apiVersion: "tekton.dev/v1", kind: "PipelineRun", name, uid, controller: true }],
    },
    spec: {
      taskRef: { name: task.taskRef.name, kind: "Task" },
      params: task.params,
      serviceAccountName: serviceAccount(spec, task.name),
      timeout: formatDuration(taskTimeout(task, limit, spec)),
      workspaces: task.workspaces.flatMap((use) => {
        const binding = spec.workspaces.find((each) => each.name === (use.workspace ?? use.name));
        return binding === undefined ? [] : [{ ...binding, name: use.name }];
      }),
    },
  };
}

function serviceAccount(spec: PipelineRunSpec, task: string): string {
  const own = spec.taskRunSpecs.find((each) => each.pipelineTaskName === task)?.serviceAccountName;
  return own ?? spec.taskRunTemplate.serviceAccountName ?? "default";
}

/** `<run>-<task>`; a name that would be longer than 63 characters has a part of the run's name replaced by its hash. */
export function taskRunName(run: string, task: string): string {
  const suffix = `-${task}`;
  if (run.length + suffix.length <= 63) return `${run}${suffix}`;
  const hash = createHash("md5").update(run).digest("hex");
  return `${run.slice(0, Math.max(0, 63 - hash.length - suffix.length))}${hash}${suffix}`;
}
