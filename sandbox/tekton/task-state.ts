/** What a PipelineRun sees of each of its tasks: the TaskRun's status in a word, and its results. */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "../cluster/json.ts";
import type { ResultReference } from "./graph.ts";

/** The statusMessage by which a TaskRun cancelled by a timeout differs from one cancelled by a person. */
export const TIMEOUT_MESSAGE = "TaskRun cancelled as the PipelineRun it belongs to has timed out.";
export const CANCEL_MESSAGE = "TaskRun cancelled as the PipelineRun it belongs to has been cancelled.";

export type TaskState =
  | { readonly phase: "none" }
  | { readonly phase: "running"; readonly reason: string }
  | {
      readonly phase: "succeeded" | "failed" | "cancelled";
      readonly reason: string;
      readonly results: ReadonlyMap<string, string>;
    };

export type TaskStates = ReadonlyMap<string, TaskState>;

const NONE: TaskState = { phase: "none" };

/** The state of task `name`; `none` when it has no TaskRun. */
export function stateOf(states: TaskStates, name: string): TaskState {
  return states.get(name) ?? NONE;
}

export function hasFailed(state: TaskState): boolean {
  return state.phase === "failed" || state.phase === "cancelled";
}

export function isFinished(state: TaskState): boolean {
  return state.phase === "succeeded" || hasFailed(state);
}

/** The value of a result, of failed tasks too; undefined while or when there is none. */
export function resultOf(states: TaskStates, { task, result }: ResultReference): string | undefined {
  const state = stateOf(states, task);
  return "results" in state ? state.results.get(result) : undefined;
}

/** The state that a TaskRun object tells. Cancelled by a timeout counts as failed, as in Tekton. */
export function taskState(taskRun: KubeObject): TaskState {
  const status = isRecord(taskRun["status"]) ? taskRun["status"] : {};
  const condition = recordsOf(status["conditions"]).find(({ type }) => type === "Succeeded");
  const reason = String(condition?.["reason"] ?? "Started");
  const results = new Map(
    recordsOf(status["results"]).map(({ name, value }) => [String(name), String(value)]),
  );
  if (condition?.["status"] === "True") return { phase: "succeeded", reason, results };
  if (condition?.["status"] !== "False") return { phase: "running", reason };
  const spec = isRecord(taskRun["spec"]) ? taskRun["spec"] : {};
  const cancelled = reason === "TaskRunCancelled" && spec["statusMessage"] !== TIMEOUT_MESSAGE;
  return { phase: cancelled ? "cancelled" : "failed", reason, results };
}

function recordsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
