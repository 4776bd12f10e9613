/** What the steps print, read when their TaskRun is over. */
import type { StepLine } from "../../../sandbox/tekton/step-log.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { CommandFailed } from "../cluster/command.ts";
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

export interface Readers {
  line(line: StepLine): void;
  problem(text: string): void;
}

/** Why there is nothing to read: a deleted pod has taken its output along, and what never started has none. */
const NO_OUTPUT = /\(NotFound\)|waiting to start/;

export function createLogs(kubectl: Kubectl, { line, problem }: Readers): Logs {
  const reading = new Map<string, Promise<void>>();
  const unread: TaskRun[] = [];

  async function read({ metadata, status }: TaskRun): Promise<void> {
    const { name, namespace = "", labels = {} } = metadata;
    const lines: StepLine[] = [];
    for (const { name: step, container } of status?.steps ?? []) {
      const where = [`--namespace=${namespace}`, `--container=${container}`, "--timestamps"];
      const text = await outputOf(["logs", status?.podName ?? "", ...where]);
      for (const entry of text.split("\n").filter(Boolean)) {
        const space = entry.indexOf(" ");
        lines.push({
          at: Date.parse(entry.slice(0, space)),
          namespace,
          pipelineRun: labels["tekton.dev/pipelineRun"] ?? "",
          pipelineTask: labels["tekton.dev/pipelineTask"] ?? "",
          taskRun: name,
          step,
          text: entry.slice(space + 1),
        });
      }
    }
    for (const one of lines) line(one);
  }

  async function outputOf(command: readonly string[]): Promise<string> {
    try {
      return await kubectl(command);
    } catch (error) {
      if (error instanceof CommandFailed && NO_OUTPUT.test(error.output)) return "";
      throw error;
    }
  }

  return {
    note(object) {
      const run = object as TaskRun;
      const { uid = "" } = run.metadata;
      if (run.kind !== "TaskRun" || run.status?.completionTime === undefined || reading.has(uid)) return;
      // Perhaps the API server is away just now.
      reading.set(
        uid,
        read(run).catch(() => void unread.push(run)),
      );
    },
    async complete() {
      await Promise.all(reading.values());
      for (const run of unread.splice(0)) {
        await read(run).catch((error) =>
          problem(`the output of ${run.metadata.name} was not read: ${error}`),
        );
      }
    },
  };
}
