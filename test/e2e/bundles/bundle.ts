/** Our Tasks and our Pipeline as a Tekton bundle: what is in it, and which runs take theirs from it. */
import { isRecord } from "../../../sandbox/cluster/json.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

/** The resolver reads no more of one image. */
const MOST_OBJECTS = 20;

interface Named {
  readonly name?: string;
}

interface Pipeline extends KubeObject {
  readonly spec: { readonly tasks: readonly PipelineTask[]; readonly finally?: readonly PipelineTask[] };
}

interface PipelineTask {
  readonly taskRef?: Named | Remote;
}

interface TriggerTemplate extends KubeObject {
  readonly spec: { readonly resourcetemplates: readonly KubeObject[] };
}

/**
 * The Tasks and Pipelines among the objects, of no namespace. The Pipelines look for their Tasks in the bundle too, so that a
 * run needs none in its namespace. Throws when there is nothing, or more than a bundle may hold.
 */
export function bundled(objects: readonly KubeObject[], reference: string): readonly KubeObject[] {
  const inside = objects.filter(({ kind }) => kind === "Task" || kind === "Pipeline");
  if (inside.length === 0 || inside.length > MOST_OBJECTS) {
    throw new Error(`a bundle holds 1 to ${MOST_OBJECTS} Tasks and Pipelines, these are ${inside.length}`);
  }
  return inside
    .map((object) => (object.kind === "Pipeline" ? withTasksOf(object as Pipeline, reference) : object))
    .map(({ metadata: { namespace: _, ...metadata }, ...object }) => ({ ...object, metadata }) as KubeObject);
}

/** The PipelineRun with its Pipeline from the bundle. Throws when it names none. */
export function resolvedByBundle(run: KubeObject, reference: string): KubeObject {
  const spec = isRecord(run["spec"]) ? run["spec"] : {};
  const { name } = (spec["pipelineRef"] ?? {}) as Named;
  if (name === undefined)
    throw new Error(`PipelineRun ${run.metadata.name}: spec.pipelineRef.name is missing`);
  return { ...run, spec: { ...spec, pipelineRef: fromBundle("pipeline", name, reference) } };
}

/** The objects of triggers/, with the bundle's Pipeline in the runs that they start. */
export function throughBundle(objects: readonly KubeObject[], reference: string): readonly KubeObject[] {
  return objects.map((object) => {
    if (object.kind !== "TriggerTemplate") return object;
    const { spec } = object as TriggerTemplate;
    const resourcetemplates = spec.resourcetemplates.map((one) =>
      one.kind === "PipelineRun" ? resolvedByBundle(one, reference) : one,
    );
    return { ...object, spec: { ...spec, resourcetemplates } };
  });
}

/** Whether a PipelineRun has its Pipeline, or a TaskRun its Task, from the bundle. */
export function isFromBundle({ kind, ...run }: KubeObject, reference: string): boolean {
  const spec = isRecord(run["spec"]) ? run["spec"] : {};
  const { resolver, params = [] } = (spec[kind === "TaskRun" ? "taskRef" : "pipelineRef"] ??
    {}) as Partial<Remote>;
  return resolver === "bundles" && params.some(({ name, value }) => name === "bundle" && value === reference);
}

interface Remote {
  readonly resolver: string;
  readonly params: readonly { readonly name: string; readonly value: string }[];
}

function withTasksOf(pipeline: Pipeline, reference: string): Pipeline {
  const resolved = (task: PipelineTask): PipelineTask => {
    const { name } = (task.taskRef ?? {}) as Named;
    return name === undefined ? task : { ...task, taskRef: fromBundle("task", name, reference) };
  };
  const { tasks, finally: last } = pipeline.spec;
  const ends = last === undefined ? {} : { finally: last.map(resolved) };
  return { ...pipeline, spec: { ...pipeline.spec, tasks: tasks.map(resolved), ...ends } };
}

function fromBundle(kind: "pipeline" | "task", name: string, reference: string): Remote {
  const params = { bundle: reference, name, kind };
  return {
    resolver: "bundles",
    params: Object.entries(params).map(([one, value]) => ({ name: one, value })),
  };
}
