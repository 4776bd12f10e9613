/** The sandbox as a place for scenarios. */
import type { Deployment, Pod } from "../../steps/lib/ports/kinds.ts";
import { SERVED_BY } from "../mesh/gateway.ts";
import type { PodStatus } from "../workloads/pod-status.ts";
import { type World as Sandbox, startWorld, type WorldOptions } from "../world.ts";
import { STEP_PROGRAMS } from "./schema.ts";
import type { Part, Place, World } from "./world.ts";

const READY_LIMIT_MS = 10_000;
/** An API server that is back refuses everybody until it has read its roles. */
const STARTING_MS = 500;
/** What tells the proxies their routes asks an API server that is back only after a while, as istiod does. */
const MESH_DEAF_MS = 5000;
/** Which pods are new or gone comes through several hands, each of which waits about twice as long as it was away, in vain. */
const PODS_LATER = 2;
const GRACE_MS = 500;

/** `root`: the repository's root folder. */
export function sandboxPlace(root: string): Place {
  return {
    name: "the sandbox",
    graceMs: GRACE_MS,
    deafMs: MESH_DEAF_MS,
    async start(setting, folder, listeners) {
      const options = { ...setting, root, folder, listeners };
      return worldOf(await startWorld(options), options);
    },
  };
}

function worldOf(sandbox: Sandbox, options: WorldOptions): World {
  const { store, api, tekton, forge, gateway, prometheus, faults, stage } = sandbox;
  const { clock } = options;
  let awaySince = clock.now();
  let returning = new AbortController();
  const later = (ms: number, what: () => void) => clock.sleep(ms, returning.signal).then(what, () => {});
  const parts: Readonly<Record<Part, { readonly leave: () => void; readonly back: () => void }>> = {
    api: {
      leave() {
        returning.abort();
        api.become("away");
        gateway.hear("nothing");
        awaySince = clock.now();
      },
      back() {
        returning = new AbortController();
        api.become("starting");
        later(STARTING_MS, () => api.become("up"));
        later(MESH_DEAF_MS, () => gateway.hear("routes"));
        const podsMs = PODS_LATER * (clock.now() - awaySince);
        later(MESH_DEAF_MS + podsMs, () => gateway.hear("everything"));
      },
    },
    mesh: { leave: () => gateway.hear("nothing"), back: () => gateway.hear("everything") },
    metrics: { leave: () => prometheus.metrics("down"), back: () => prometheus.metrics("up") },
  };
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
    isWorking: (run) => STEP_PROGRAMS.some((program) => tekton.kill(program, "SIGCONT", run) > 0),
    kill: async (program, run) => tekton.kill(program, "SIGKILL", run),
    terminate: async (program, run) => tekton.terminate(program, run),
    evict: async (program, run) => tekton.evict(program, run),
    async outage(part) {
      parts[part].leave();
      return async () => parts[part].back();
    },
    restartGateway: gateway.restart,
    async patch(kind, namespace, name, change) {
      stage(() => store.patch(kind, namespace, name, change, { manager: "somebody" }));
    },
    async remove(kind, namespace, name) {
      stage(() => store.remove(kind, namespace, name));
    },
    metrics: async (state) => prometheus.metrics(state),
    failCalls: faults.set,
    secrets: sandbox.secrets,
    async told() {},
    async close() {
      returning.abort();
      await sandbox.close();
    },
  };
}

async function clusterReady({ store, gateway }: Sandbox, { clock, releases }: WorldOptions): Promise<void> {
  const limit = clock.now() + READY_LIMIT_MS;
  const starting = ({ spec, status }: Deployment) => (status?.readyReplicas ?? 0) < (spec.replicas ?? 1);
  const waiting = () =>
    !gateway.isSynced() ||
    releases.some(
      ({ namespace }) =>
        store.list<Deployment>("Deployment", namespace).some(starting) ||
        // Ready is not listening, where nothing probes.
        store
          .list<Pod>("Pod", namespace)
          .some(({ status }) => typeof (status as PodStatus | undefined)?.port !== "number"),
    );
  while (waiting() && clock.now() < limit) await clock.sleep(50);
}
