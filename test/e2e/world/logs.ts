/** What the steps print, read when their TaskRun is over. */

import type { StepLine } from "../../../sandbox/tekton/step-log.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import type { Kubectl } from "./kubectl.ts";

interface TaskRun extends KubeObject {
  readonly status?: {
    readonly completionTime?: string;
    readonly podName?: string;
    readonly steps?: readonly { readonly name: string; readonly container: string }[];
  };
}

export interface Logs {
  /** Reads the output of a TaskRun that is over. */
  note(object: KubeObject): void;
  /** Resolves when all that was noted has been read. */
  complete(): Promise<void>;
}

export function createLogs(kubectl: Kubectl, onLine: (line: StepLine) => void): Logs {
  const reading = new Map<string, Promise<void>>();

  async function read({ metadata, status }: TaskRun): Promise<void> {
    const { name, namespace = "", labels = {} } = metadata;
    for (const { name: step, container } of status?.steps ?? []) {
      const where = [`--namespace=${namespace}`, `--container=${container}`, "--timestamps"];
      // A pod that was deleted has taken its output along.
      const text = await kubectl(["logs", status?.podName ?? "", ...where]).catch(() => "");
      for (const line of text.split("\n").filter(Boolean)) {
        const space = line.indexOf(" ");
        onLine({
          at: Date.parse(line.slice(0, space)),
          namespace,
          pipelineRun: labels["tekton.dev/pipelineRun"] ?? "",
          pipelineTask: labels["tekton.dev/pipelineTask"] ?? "",
          taskRun: name,
          step,
          text: line.slice(space + 1),
        });
      }
    }
  }

  return {
    note(object) {
      const run = object as TaskRun;
      const { uid = "" } = run.metadata;
      if (run.kind !== "TaskRun" || run.status?.completionTime === undefined || reading.has(uid)) return;
      reading.set(uid, read(run));
    },
    async complete() {
      await Promise.all(reading.values());
    },
  };
}
