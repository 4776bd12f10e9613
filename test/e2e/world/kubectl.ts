/** kubectl on the cluster that is played in, as its administrator. */
import { run } from "../cluster/command.ts";
import { objectStream } from "../cluster/install/manifests.ts";

export interface Access {
  /** The program. */
  readonly kubectl: string;
  readonly kubeconfig: string;
}

/** Gives what it printed. Throws CommandFailed. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

export function kubectlOf({ kubectl, kubeconfig }: Access): Kubectl {
  return (args, input) =>
    run(kubectl, [`--kubeconfig=${kubeconfig}`, ...args], {
      timeoutMs: 180_000,
      ...(input === undefined ? {} : { input }),
    });
}

/** Applies objects in their order. */
export async function applyObjects(kubectl: Kubectl, objects: readonly object[]): Promise<void> {
  if (objects.length === 0) return;
  await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], objectStream(objects));
}
