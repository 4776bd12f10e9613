/** A Tekton on an empty store, with real processes, for the tests of this folder. */
import { parseAllDocuments } from "yaml";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import type { Store } from "../../../sandbox/cluster/store.ts";
import { createChildProcesses } from "../../../sandbox/tekton/child-processes.ts";
import type { StepLine } from "../../../sandbox/tekton/step-log.ts";
import { startTekton, type Tekton, type TektonOptions } from "../../../sandbox/tekton/tekton.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { createVirtualClock, type VirtualClock } from "../../support/virtual-clock.ts";

interface RunStatus {
  readonly completionTime?: string;
  readonly conditions?: readonly [
    { readonly status: string; readonly reason: string; readonly message: string },
  ];
  readonly childReferences?: readonly { readonly name: string; readonly pipelineTaskName: string }[];
  readonly skippedTasks?: readonly { readonly name: string; readonly reason: string }[];
  readonly results?: readonly { readonly name: string; readonly value: string }[];
  readonly steps?: readonly {
    readonly name: string;
    readonly terminationReason?: string;
    readonly terminated?: { readonly exitCode: number; readonly reason: string };
  }[];
}

export interface Bench {
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly tekton: Tekton;
  /** Creates every document of a YAML text in namespace `ci`. */
  apply(text: string): void;
  /** Resolves as soon as `look` returns something else than undefined; looked at after every change and line. */
  until<T>(look: () => T | undefined): Promise<T>;
  /** The status of a PipelineRun once it is done. */
  done(pipelineRun: string): Promise<RunStatus>;
  status(kind: "PipelineRun" | "TaskRun", name: string): RunStatus;
  /** The lines that a run's steps have printed. */
  printed(pipelineRun?: string): string[];
  close(): Promise<void>;
}

/** Steps run with `sh`; `$(...)` of YAML and of the shell differ in that the shell's have a space in them. */
export function createBench(options: Partial<TektonOptions> = {}): Bench {
  const clock = createVirtualClock();
  const store = createStore({ now: clock.now });
  const looks = new Set<() => void>();
  const lookAgain = () => {
    for (const look of [...looks]) look();
  };
  store.watch(lookAgain);
  const tekton = startTekton({
    store,
    clock,
    launcher: createChildProcesses(),
    bundles: "/nowhere",
    ...options,
    onLine: (line: StepLine) => {
      options.onLine?.(line);
      queueMicrotask(lookAgain);
    },
  });

  const bench: Bench = {
    store,
    clock,
    tekton,
    apply(text) {
      for (const document of parseAllDocuments(text)) {
        if (document.errors[0] !== undefined) throw document.errors[0];
        const object = document.toJS() as KubeObject;
        store.create({
          ...object,
          apiVersion: object.apiVersion ?? "tekton.dev/v1",
          metadata: { namespace: "ci", ...object.metadata },
        });
      }
    },
    until: (look) =>
      new Promise((resolve, reject) => {
        const again = () => {
          try {
            const found = look();
            if (found === undefined) return;
            looks.delete(again);
            resolve(found);
          } catch (error) {
            looks.delete(again);
            reject(error);
          }
        };
        looks.add(again);
        again();
      }),
    status: (kind, name) => (store.get(kind, "ci", name)?.["status"] ?? {}) as RunStatus,
    done: (name) =>
      bench.until(() => {
        const status = bench.status("PipelineRun", name);
        return status.completionTime === undefined ? undefined : status;
      }),
    printed: (pipelineRun) => tekton.logs(pipelineRun).map(({ text }) => text),
    close: () => tekton.close(),
  };
  return bench;
}

/** A Task whose one step is a shell script; `more` is added to its spec. */
export function shellTask(name: string, script: string, more = ""): string {
  return `
kind: Task
metadata: {name: ${name}}
spec:
  steps:
    - name: run
      image: none
      command: [sh, -c]
      args:
        - |
          ${script.trim().split("\n").join("\n          ")}
${more.trim() === "" ? "" : `  ${more.trim().split("\n").join("\n  ")}`}
`;
}

/** A PipelineRun with an inline pipeline; `more` is added to its spec. */
export function inlineRun(name: string, pipeline: string, more = ""): string {
  return `
kind: PipelineRun
metadata: {name: ${name}}
spec:
  pipelineSpec:
    ${pipeline.trim().split("\n").join("\n    ")}
${more.trim() === "" ? "" : `  ${more.trim().split("\n").join("\n  ")}`}
`;
}
