/** The sandbox as a place for scenarios. */
import type { Deployment } from "../../steps/lib/ports/kinds.ts";
import { SERVED_BY } from "../mesh/gateway.ts";
import { type World as Sandbox, startWorld, type WorldOptions } from "../world.ts";
import type { Place, World } from "./world.ts";

const PROGRAMS = [
  "create-experiment",
  "generate-load",
  "apply-candidate",
  "wait-and-cleanup",
  "set-commit-status",
];
const READY_LIMIT_MS = 10_000;

/** `root`: the repository's root folder. */
export function sandboxPlace(root: string): Place {
  return {
    name: "the sandbox",
    async start(setting, folder, listeners) {
      const options = { ...setting, root, folder, listeners };
      return worldOf(await startWorld(options), options);
    },
  };
}

function worldOf(sandbox: Sandbox, options: WorldOptions): World {
  const { store, tekton, forge, gateway, prometheus, faults, stage } = sandbox;
  return {
    forge,
    entrance: {
      host: gateway.host,
      port: () => gateway.port,
      servedBy: ({ headers }) => [headers[SERVED_BY]].flat()[0],
    },
    ready: () => clusterReady(sandbox, options),
    // The listener looks at an event as soon as it has answered.
    triggered: () => forge.announced(),
    rerun: async (namespace, run) => tekton.rerun(namespace, run),
    // A signal that changes nothing counts the processes.
    isWorking: (run) => PROGRAMS.some((program) => tekton.kill(program, "SIGCONT", run) > 0),
    kill: async (program, run) => tekton.kill(program, "SIGKILL", run),
    terminate: async (program, run) => tekton.terminate(program, run),
    async patch(kind, namespace, name, change) {
      stage(() => store.patch(kind, namespace, name, change, { manager: "somebody" }));
    },
    async remove(kind, namespace, name) {
      stage(() => store.remove(kind, namespace, name));
    },
    metrics: prometheus.metrics,
    failCalls: faults.set,
    secrets: sandbox.secrets,
    async told() {},
    close: sandbox.close,
  };
}

async function clusterReady({ store }: Sandbox, { clock, releases }: WorldOptions): Promise<void> {
  const limit = clock.now() + READY_LIMIT_MS;
  const waiting = () =>
    releases.some(({ namespace }) =>
      store
        .list<Deployment>("Deployment", namespace)
        .some(({ spec, status }) => (status?.readyReplicas ?? 0) < (spec.replicas ?? 1)),
    );
  while (waiting() && clock.now() < limit) await clock.sleep(50);
}
