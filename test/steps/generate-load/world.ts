/** What the tests of generate-load share: a run in a cluster of memory, on virtual time, with a scripted application. */
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import type { Config } from "../../../steps/generate-load/config.ts";
import type { Deps } from "../../../steps/generate-load/step.ts";
import type { Answer, Target } from "../../../steps/lib/load/sender.ts";
import type { Cluster } from "../../../steps/lib/ports/cluster.ts";
import type { Kinds, KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

export const config: Config = {
  run: { namespace: "ci", name: "web-1", uid: "uid-1" },
  service: "web",
  namespace: "shop",
  experiment: "web-v2",
  allowedHosts: ["10.0.0.1"],
  overrides: {
    ip: undefined,
    port: undefined,
    "app-path": undefined,
    "app-host": undefined,
    "load-duration": undefined,
    "load-frequency": undefined,
  },
};

export const experiment: KubeObject = {
  apiVersion: "iter8.tools/v1alpha1",
  kind: "Experiment",
  metadata: { name: "web-v2", namespace: "shop", labels: { "tekton-canary/run": "uid-1" } },
};

const pipelineRun: KubeObject = {
  apiVersion: "tekton.dev/v1",
  kind: "PipelineRun",
  metadata: { name: "web-1", namespace: "ci" },
  spec: {},
};

export const waitTaskRun: KubeObject = {
  apiVersion: "tekton.dev/v1",
  kind: "TaskRun",
  metadata: {
    name: "web-1-wait-and-cleanup",
    namespace: "ci",
    labels: { "tekton.dev/pipelineRun": "web-1", "tekton.dev/pipelineTask": "wait-and-cleanup" },
  },
};

/** A running release whose repository set `properties`; `answer` is the application (default: 200 after 20 ms). */
export function createWorld(properties: Readonly<Record<string, string>>, answer?: () => Promise<Answer>) {
  const clock = createVirtualClock();
  const store = createStore({ now: clock.now });
  store.create(experiment);
  store.create(pipelineRun);
  store.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "web-v2-release", namespace: "shop" },
    data: { "properties.json": JSON.stringify(properties) },
  });

  const cluster: Pick<Cluster, "get" | "list"> = {
    get: async <K extends keyof Kinds>(kind: K, namespace: string, name: string) =>
      store.get<Kinds[K]>(kind, namespace, name),
    list: async <K extends keyof Kinds>(
      kind: K,
      namespace: string,
      labels?: Readonly<Record<string, string>>,
    ) => store.list<Kinds[K]>(kind, namespace, labels),
  };
  const terminated = new AbortController();
  const closed = new AbortController();
  const lines: string[] = [];
  const requests: { readonly at: number; readonly target: Target }[] = [];
  const start = clock.now();
  const cutOff = new Promise<Answer>((resolve) => {
    closed.signal.addEventListener("abort", () => resolve({ failure: "cut off" }));
  });
  const reply = answer ?? (() => clock.sleep(20).then(() => ({ status: 200 })));

  const deps: Deps = {
    clock,
    cluster,
    signal: terminated.signal,
    log: {
      info: (text) => lines.push(text),
      warn: (text) => lines.push(`warning: ${text}`),
      error: (text) => lines.push(`error: ${text}`),
    },
    sender: {
      send: (target) => {
        requests.push({ at: clock.now() - start, target });
        return Promise.race([reply(), cutOff]);
      },
      close: () => closed.abort(),
    },
  };
  const setStatus = (kind: string, namespace: string, name: string, status: object) =>
    store.patch(kind, namespace, name, { status }, { subresource: "status" });
  return {
    clock,
    store,
    setStatus,
    deps,
    lines,
    requests,
    terminate: () => terminated.abort(),
    closed: closed.signal,
  };
}
