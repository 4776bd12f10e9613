/** The TaskRuns that belong to a PipelineRun. */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "../cluster/store.ts";
import type { PipelineTask } from "./manifest.ts";
import { type TaskState, taskState } from "./task-state.ts";

export interface ChildTaskRuns {
  /** By task name. */
  states(run: KubeObject): Map<string, TaskState>;
  /** Cancels what runs of `tasks`, or everything; `statusMessage` tells why. */
  cancel(run: KubeObject, tasks: readonly PipelineTask[] | undefined, statusMessage: string): void;
  /** `status.childReferences`, in the order of `tasks`. */
  references(run: KubeObject, tasks: readonly PipelineTask[]): object[];
}

/** The children, read from the store each time. */
export function createChildTaskRuns(store: Store): ChildTaskRuns {
  function list({ metadata }: KubeObject): KubeObject[] {
    return store.list("TaskRun", metadata.namespace, {
      "tekton.dev/pipelineRunUID": metadata.uid ?? "",
    });
  }

  return {
    states: (run) => new Map(list(run).map((taskRun) => [taskName(taskRun), taskState(taskRun)])),

    cancel(run, tasks, statusMessage) {
      for (const taskRun of list(run)) {
        const { namespace = "", name } = taskRun.metadata;
        if (taskState(taskRun).phase !== "running") continue;
        if (tasks?.every((task) => task.name !== taskName(taskRun))) continue;
        store.patch("TaskRun", namespace, name, {
          spec: { status: "TaskRunCancelled", statusMessage },
        });
      }
    },

    references(run, tasks) {
      const taskRuns = list(run);
      return tasks.flatMap(({ name, displayName }) =>
        taskRuns
          .filter((taskRun) => taskName(taskRun) === name)
          .map(({ apiVersion, kind, metadata }) => ({
            apiVersion,
            kind,
            name: metadata.name,
            pipelineTaskName: name,
            ...(displayName === undefined ? {} : { displayName }),
          })),
      );
    },
  };
}

function taskName({ metadata }: KubeObject): string {
  return metadata.labels?.["tekton.dev/pipelineTask"] ?? "";
}
