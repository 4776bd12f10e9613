/**
 * The controller of TaskRuns: runs the steps of each as processes, one after the other, and keeps its status.
 * A TaskRun that is cancelled or has timed out is done at once, while its process still has its 30 seconds. A pod that
 * vanishes is made again under its name: all steps run once more, and nothing tells of it.
 */
import { formatDuration } from "../../steps/lib/experiment/duration.ts";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "../cluster/json.ts";
import type { Store } from "../cluster/store.ts";
import type { Verdict } from "./condition.ts";
import { createFolder, fillFolder, readResults, removeFolder } from "./folder.ts";
import { parseTask, parseTaskRun, type TaskRunSpec, type TaskSpec } from "./manifest.ts";
import { podName, type ResolvedStep, resolveSteps, taskVariables } from "./pod.ts";
import type { StepLog } from "./step-log.ts";
import type { StepExit, StepProcess, StepProcesses } from "./step-processes.ts";
import { createTaskRunRecord, type TaskRunRecord } from "./task-run-record.ts";
import { isFailure, isTooLong, type StepEnd } from "./task-run-status.ts";

export interface PodIdentity {
  readonly namespace: string;
  readonly taskRun: string;
}

export interface StepIdentity extends PodIdentity {
  readonly serviceAccount: string;
  readonly step: string;
}

export interface TaskRunsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly processes: StepProcesses;
  readonly log: StepLog;
  readonly bundles: string;
  /** Where each TaskRun gets a folder while it runs. */
  readonly folder: string;
  readonly environment: (step: StepIdentity) => Readonly<Record<string, string>>;
  /** Told about every pod that is taken away, before its process is. */
  readonly onVanished: (pod: PodIdentity) => void;
}

/** A TaskRun that has started and whose processes may still be there. */
interface Pod {
  readonly taskRun: KubeObject;
  readonly record: TaskRunRecord;
  current?: StepProcess;
  vanished?: boolean;
}

/** The kubelet's shortest time between SIGTERM and SIGKILL. */
const FORCED_MS = 2000;

export interface TaskRuns {
  /**
   * Deletes the pods whose current step runs `program`, of one PipelineRun when it is named; how many there were. Without
   * a grace period the kubelet still sends SIGTERM, and SIGKILL two seconds later.
   */
  evict(program: string, pipelineRun?: string): number;
  /** Kills every process, stops taking up work and waits until every folder is gone. */
  close(): Promise<void>;
}

/** Takes up every TaskRun in the store, now and later. */
export function startTaskRuns(options: TaskRunsOptions): TaskRuns {
  const { store, clock, processes, log, bundles, folder, environment, onVanished } = options;
  const pods = new Map<string, Pod>();
  const work = new Set<Promise<void>>();
  let closing = false;

  const stopWatching = store.watch(({ type, object }) => {
    if (object.kind !== "TaskRun") return;
    const pod = pods.get(object.metadata.uid ?? "");
    if (type === "DELETED") {
      pod?.record.forgotten();
      pod?.current?.terminate();
    } else if (pod === undefined) begin(object);
    else if (isRecord(object["spec"]) && object["spec"]["status"] === "TaskRunCancelled") cancel(pod, object);
  });
  for (const taskRun of store.list("TaskRun")) begin(taskRun);

  function begin(taskRun: KubeObject): void {
    const { uid = "" } = taskRun.metadata;
    if (closing || isDone(taskRun)) return;
    const pod: Pod = { taskRun, record: createTaskRunRecord(store, clock, taskRun) };
    pods.set(uid, pod);
    const job = runPod(pod).finally(() => {
      pods.delete(uid);
      work.delete(job);
    });
    work.add(job);
  }

  async function runPod(pod: Pod): Promise<void> {
    const ended = new AbortController();
    try {
      const spec = parseTaskRun(pod.taskRun);
      limit(pod, spec, ended.signal);
      pod.record.started(podName(pod.taskRun));
      do {
        pod.vanished = false;
        await runOnce(pod, spec);
      } while (pod.vanished);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      stop(pod, { status: "False", reason: "TaskRunValidationFailed", message });
    } finally {
      ended.abort();
    }
  }

  async function runOnce(pod: Pod, spec: TaskRunSpec): Promise<void> {
    const root = await createFolder(folder);
    try {
      await runSteps(pod, spec, root);
    } finally {
      await removeFolder(root);
    }
  }

  async function runSteps(pod: Pod, spec: TaskRunSpec, root: string): Promise<void> {
    const { taskRun, record } = pod;
    const { namespace = "" } = taskRun.metadata;
    const task = findTask(namespace, spec.taskRef.name);
    const input = { taskRun, spec, task, root, bundles };
    const steps = resolveSteps(input);
    await fillFolder(root, store, namespace, task, spec, taskVariables(input));
    record.planned(steps.map(({ name }) => name));

    let broken = false;
    let results = new Map<string, string>();
    for (const [index, step] of steps.entries()) {
      if (record.isDone() || closing) return;
      if (broken) {
        record.stepEnded(index, { exitCode: 1, termination: "Skipped" });
        continue;
      }
      const startedAt = record.stepStarted(index);
      pod.current = startStep(taskRun, spec, step);
      const end = howItEnded(await pod.current.exited, step);
      delete pod.current;
      if (pod.vanished) return;
      // The next step may begin even when the results turn out to be too long: Tekton's entrypoint checks them last.
      broken = isFailure(end.termination);
      const written = await readResults(root, task);
      if (isTooLong(written, startedAt)) {
        say(taskRun, step.name, TOO_LONG);
        record.stepEnded(index, { exitCode: 1, termination: "Error" });
      } else {
        results = written;
        record.stepEnded(index, end);
      }
    }
    if (!record.isDone()) record.finished(results);
  }

  function startStep(taskRun: KubeObject, spec: TaskRunSpec, step: ResolvedStep): StepProcess {
    const { name, namespace = "" } = taskRun.metadata;
    const identity = {
      serviceAccount: spec.serviceAccountName,
      namespace,
      taskRun: name,
      step: step.name,
    };
    return processes.start({
      program: step.program,
      pipelineRun: labelOf(taskRun, "tekton.dev/pipelineRun"),
      command: step.command,
      args: step.args,
      env: {
        PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
        ...environment(identity),
        ...step.env,
      },
      timeout: step.timeout,
      onOutput: (line) => say(taskRun, step.name, line),
    });
  }

  function say(taskRun: KubeObject, step: string, text: string): void {
    const { name, namespace = "" } = taskRun.metadata;
    const pipelineRun = labelOf(taskRun, "tekton.dev/pipelineRun");
    const pipelineTask = labelOf(taskRun, "tekton.dev/pipelineTask");
    log.add({ at: clock.now(), namespace, pipelineRun, pipelineTask, taskRun: name, step, text });
  }

  function limit(pod: Pod, { timeout }: TaskRunSpec, ended: AbortSignal): void {
    if (timeout === 0) return;
    const message = `TaskRun "${pod.taskRun.metadata.name}" failed to finish within "${formatDuration(timeout)}"`;
    clock.sleep(timeout, ended).then(
      () => stop(pod, { status: "False", reason: "TaskRunTimeout", message }),
      () => {},
    );
  }

  function cancel(pod: Pod, { metadata, spec }: KubeObject): void {
    const why = isRecord(spec) ? String(spec["statusMessage"] ?? "") : "";
    const message = `TaskRun "${metadata.name}" was cancelled. ${why}`;
    stop(pod, { status: "False", reason: "TaskRunCancelled", message });
  }

  /** The TaskRun is done now, whatever its process still does. */
  function stop({ record, current }: Pod, verdict: Verdict): void {
    if (record.isDone()) return;
    record.stopped(verdict);
    current?.terminate();
  }

  function findTask(namespace: string, name: string): TaskSpec {
    const task = store.get("Task", namespace, name);
    if (task === undefined) throw new Error(`Task "${namespace}/${name}" not found`);
    return parseTask(task);
  }

  return {
    evict(program, pipelineRun) {
      const found = [...pods.values()].filter(
        ({ current }) =>
          current?.program === program && (pipelineRun === undefined || current.pipelineRun === pipelineRun),
      );
      for (const pod of found) {
        pod.vanished = true;
        const { name, namespace = "" } = pod.taskRun.metadata;
        onVanished({ namespace, taskRun: name });
        pod.current?.terminate(FORCED_MS);
      }
      return found.length;
    },
    async close() {
      stopWatching();
      closing = true;
      await processes.close();
      await Promise.all(work);
    },
  };
}

const TOO_LONG = "Termination message is above max allowed size 4096, caused by large task result.";

function howItEnded(
  { code, timedOut }: StepExit,
  { onError }: ResolvedStep,
): Pick<StepEnd, "exitCode" | "termination"> {
  if (timedOut) return { exitCode: 1, termination: "TimeoutExceeded" };
  if (code === 0) return { exitCode: 0, termination: "Completed" };
  return { exitCode: code, termination: onError === "continue" ? "Continued" : "Error" };
}

function isDone(taskRun: KubeObject): boolean {
  const status = taskRun["status"];
  return isRecord(status) && status["completionTime"] !== undefined;
}

function labelOf({ metadata }: KubeObject, label: string): string {
  return metadata.labels?.[label] ?? "";
}
