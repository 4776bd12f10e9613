/** Tekton Pipelines of the sandbox: runs our own Tasks and Pipelines as processes on this machine. */
import { tmpdir } from "node:os";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { StatusError, type Store } from "../cluster/store.ts";
import type { Launcher } from "./launcher.ts";
import { startPipelineRuns } from "./pipeline-runs.ts";
import { rerunOf } from "./rerun.ts";
import { createStepLog, type StepLine } from "./step-log.ts";
import { createStepProcesses } from "./step-processes.ts";
import { type PodIdentity, type StepIdentity, startTaskRuns } from "./task-runs.ts";

export interface TektonOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly launcher: Launcher;
  /** The folder that stands for `/app`: one `<program>.mjs` per step program. */
  readonly bundles: string;
  /** Where each TaskRun gets a folder while it runs; the machine's folder for temporary files unless set. */
  readonly folder?: string;
  /** What a step's environment has besides what its YAML sets, PATH, HOME and HOSTNAME. */
  readonly environment?: (step: StepIdentity) => Readonly<Record<string, string>>;
  /** Told about every pod that is taken away, before its process is. */
  readonly onVanished?: (pod: PodIdentity) => void;
  readonly onLine?: (line: StepLine) => void;
  /** For the names of reruns; in [0, 1). */
  readonly random?: () => number;
}

export interface Tekton {
  /** The output of a PipelineRun's steps so far; of all runs when none is named. */
  logs(pipelineRun?: string): readonly StepLine[];
  /** Sends a signal to the steps that run `program` (a bundle's name); how many there were. */
  kill(program: string, signal: NodeJS.Signals, pipelineRun?: string): number;
  /** As when a pod is deleted: SIGTERM, then SIGKILL after 30 s; how many there were. */
  terminate(program: string, pipelineRun?: string): number;
  /** Takes away, without any time to end, the pods whose current step runs `program`; how many there were. */
  evict(program: string, pipelineRun?: string): number;
  /** Starts the run's spec again under a new name. Throws StatusError when there is no such run. */
  rerun(namespace: string, pipelineRun: string): KubeObject;
  /** Kills every process it has started and waits for their ends. */
  close(): Promise<void>;
}

/** Starts both controllers on the store. */
export function startTekton(options: TektonOptions): Tekton {
  const {
    store,
    clock,
    bundles,
    folder = tmpdir(),
    random = Math.random,
    environment = () => ({}),
    onVanished = () => {},
  } = options;
  const log = createStepLog(options.onLine);
  const processes = createStepProcesses(options.launcher, clock);
  const taskRuns = startTaskRuns({ store, clock, processes, log, bundles, folder, environment, onVanished });
  const pipelineRuns = startPipelineRuns({ store, clock });
  return {
    logs: log.lines,
    kill(program, signal, pipelineRun) {
      const found = processes.find(program, pipelineRun);
      for (const step of found) step.kill(signal);
      return found.length;
    },
    terminate(program, pipelineRun) {
      const found = processes.find(program, pipelineRun);
      for (const step of found) step.terminate();
      return found.length;
    },
    evict: taskRuns.evict,
    rerun(namespace, pipelineRun) {
      const run = store.get("PipelineRun", namespace, pipelineRun);
      if (run === undefined)
        throw new StatusError(404, "NotFound", `PipelineRun "${namespace}/${pipelineRun}" not found`);
      return store.create(rerunOf(run, random));
    },
    async close() {
      pipelineRuns.close();
      await taskRuns.close();
    },
  };
}
