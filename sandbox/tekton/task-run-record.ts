/** The status of one TaskRun in the store, while its steps go on. Nothing is written once the TaskRun is done. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "../cluster/store.ts";
import type { Verdict } from "./condition.ts";
import { resultList, type StepEnd, type StepState, stepStatus, taskVerdict } from "./task-run-status.ts";

export interface TaskRunRecord {
  isDone(): boolean;
  /** The TaskRun has a pod. */
  started(podName: string): void;
  /** The steps that will run. */
  planned(names: readonly string[]): void;
  /** Returns the time that is noted. */
  stepStarted(index: number): string;
  stepEnded(index: number, end: Omit<StepEnd, "startedAt" | "finishedAt">): void;
  /** Every step has ended, and the steps decide. */
  finished(results: ReadonlyMap<string, string>): void;
  /** The TaskRun is done now, whatever its steps still do. */
  stopped(verdict: Verdict): void;
  /** The TaskRun is gone. */
  forgotten(): void;
}

const RUNNING: Verdict = {
  status: "Unknown",
  reason: "Running",
  message: "Not all Steps in the Task have finished executing",
};

/** The record of a TaskRun that has just begun. */
export function createTaskRunRecord(store: Store, clock: Clock, { metadata }: KubeObject): TaskRunRecord {
  const { name, namespace = "" } = metadata;
  let steps: StepState[] = [];
  let done = false;

  function write(fields: object = {}, verdict = RUNNING): void {
    if (done || store.get("TaskRun", namespace, name) === undefined) return;
    const condition = { type: "Succeeded", ...verdict, lastTransitionTime: now() };
    const status = { ...fields, conditions: [condition], steps: steps.map(stepStatus) };
    store.patch("TaskRun", namespace, name, { status }, { subresource: "status", manager: "tekton" });
  }

  function finish(verdict: Verdict, fields: object = {}): void {
    write({ ...fields, completionTime: now() }, verdict);
    done = true;
  }

  function ended(state: StepState, end: Omit<StepEnd, "startedAt" | "finishedAt">): StepState {
    if (state.phase === "ended") return state;
    const finishedAt = now();
    const startedAt = state.phase === "running" ? state.startedAt : finishedAt;
    return { name: state.name, phase: "ended", end: { ...end, startedAt, finishedAt } };
  }

  function now(): string {
    return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  }

  return {
    isDone: () => done,
    started: (podName) => write({ startTime: now(), podName }),
    planned(names) {
      steps = names.map((each) => ({ name: each, phase: "waiting" }));
    },
    stepStarted(index) {
      const startedAt = now();
      steps = steps.map((state, at) =>
        at === index ? { name: state.name, phase: "running", startedAt } : state,
      );
      write();
      return startedAt;
    },
    stepEnded(index, end) {
      steps = steps.map((state, at) => (at === index ? ended(state, end) : state));
      write();
    },
    finished: (results) => finish(taskVerdict(steps), { results: resultList(results) }),
    stopped(verdict) {
      steps = steps.map((state) => ended(state, { exitCode: 1, termination: "TaskRunCancelled" }));
      finish(verdict);
    },
    forgotten() {
      done = true;
    },
  };
}
