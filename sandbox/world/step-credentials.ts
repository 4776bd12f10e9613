/** What each step's process gets to reach the cluster: a kubeconfig with a token of its own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubeconfig } from "../cluster/kubeconfig.ts";
import type { Tokens } from "../cluster/tokens.ts";
import type { PodIdentity, StepIdentity } from "../tekton/task-runs.ts";

export interface StepCredentials {
  /** The environment of the step's process; writes a file that only this user can read. */
  environment(step: StepIdentity): Readonly<Record<string, string>>;
  /** Tokens end with the pod that they were made for. */
  revoke(pod: PodIdentity): void;
  /** Every token so far, by what it is. */
  readonly issued: Readonly<Record<string, string>>;
}

export function stepCredentials(folder: string, url: string, tokens: Tokens): StepCredentials {
  const issued: Record<string, string> = {};
  const ofPods = new Map<string, string[]>();
  mkdirSync(folder, { recursive: true });
  return {
    issued,
    environment({ serviceAccount, namespace, taskRun, step }) {
      const process = `${taskRun}/${step}`;
      const token = tokens.issue({ account: { namespace, name: serviceAccount }, process });
      issued[`the token of ${process}`] = token;
      const pod = `${namespace}/${taskRun}`;
      ofPods.set(pod, [...(ofPods.get(pod) ?? []), token]);
      const file = join(folder, `${taskRun}.${step}.yaml`);
      writeFileSync(file, kubeconfig({ url, token, namespace }), { mode: 0o600 });
      return { KUBECONFIG: file };
    },
    revoke({ namespace, taskRun }) {
      const pod = `${namespace}/${taskRun}`;
      for (const token of ofPods.get(pod) ?? []) tokens.revoke(token);
      ofPods.delete(pod);
    },
  };
}
