/** How the runs in a namespace ended, as the TaskRuns of their loops say. */
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

/** Name of the task, and of its one step. */
export const LOOP = "wait-and-cleanup";

export interface End {
  readonly pipelineRun: string;
  readonly outcome: string;
  /** The outcome for people, which the step's log ends with. */
  readonly sentence: string;
}

interface TaskRun extends KubeObject {
  readonly spec?: { readonly params?: readonly { readonly name: string; readonly value: unknown }[] };
  readonly status?: {
    readonly completionTime?: string;
    readonly results?: readonly { readonly name: string; readonly value: unknown }[];
  };
}

/** The ends of releases to the app's namespace, the earliest first; what has no outcome is left out. */
export function endsOf(taskRuns: readonly KubeObject[], app: string): readonly End[] {
  return (taskRuns as readonly TaskRun[])
    .filter(({ spec }) => spec?.params?.some(({ name, value }) => name === "namespace" && value === app))
    .toSorted((one, other) => completion(one).localeCompare(completion(other)))
    .flatMap(({ metadata, status }) => {
      const result = (wanted: string) => status?.results?.find(({ name }) => name === wanted)?.value;
      const [outcome, sentence] = [result("outcome"), result("sentence")];
      const pipelineRun = metadata.labels?.["tekton.dev/pipelineRun"];
      if (typeof outcome !== "string" || typeof sentence !== "string" || pipelineRun === undefined) return [];
      return [{ pipelineRun, outcome, sentence }];
    });
}

function completion({ status }: TaskRun): string {
  return status?.completionTime ?? "";
}
