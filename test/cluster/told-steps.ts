/** Pods of steps and lines of the audit log, for stories about what was measured. */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { type AuditEntry, parseEntry } from "../e2e/figures/audit.ts";
import { START } from "../sandbox/scenario/sighting-log.ts";

export const RUN = "web-1234";
/** ms from the start as Kubernetes writes a time, but for the ms. */
export const time = (ms: number) => new Date(START + ms).toISOString();

export const labels = (task: string, run = RUN) => ({
  "tekton.dev/pipelineRun": run,
  "tekton.dev/pipelineTask": task,
  "tekton.dev/taskRun": `${run}-${task}`,
});

/** A pod of a task; for each step that is over, when its turn was, in ms from the start. */
export function pod(
  task: string,
  steps: Readonly<Record<string, number | "killed" | undefined>>,
): KubeObject {
  const names = Object.keys(steps);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${RUN}-${task}-pod`,
      namespace: "tekton-canary",
      uid: `uid-${task}`,
      labels: labels(task),
    },
    spec: { containers: names.map((name) => ({ name: `step-${name}` })) },
    status: {
      containerStatuses: names.map((name) => ({
        name: `step-${name}`,
        containerID: `containerd://id-of-${name}`,
        state: stateOf(steps[name]),
      })),
    },
  };
}

function stateOf(turn: number | "killed" | undefined): object {
  if (turn === undefined) return { running: {} };
  if (turn === "killed") return { terminated: { exitCode: 137 } };
  const message = [
    { key: "outcome", value: "", type: 1 },
    { key: "StartedAt", value: time(turn), type: 3 },
  ];
  return { terminated: { exitCode: 0, startedAt: time(0), message: JSON.stringify(message) } };
}

/** A line of the audit log. */
export function line(
  verb: string,
  resource: string,
  {
    at = 0,
    pod: name = `${RUN}-wait-and-cleanup-pod`,
    code = 200,
    object = "web",
    stage = "ResponseComplete",
  } = {},
): string {
  return JSON.stringify({
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    stage,
    verb,
    user: {
      username: "system:serviceaccount:tekton-canary:canary-wait",
      extra: { "authentication.kubernetes.io/pod-name": [name] },
    },
    objectRef: { resource, namespace: "shop", name: object },
    responseStatus: { code },
    requestReceivedTimestamp: time(at),
    stageTimestamp: time(at + 5),
  });
}

export const entriesOf = (...lines: readonly string[]): readonly AuditEntry[] =>
  lines.map(parseEntry).filter((one) => one !== undefined);
