/** Sees every change of the kinds that scenarios look at, as the API tells of it. */
import { setMaxListeners } from "node:events";
import { KubeConfig, Watch } from "@kubernetes/client-node";
import type { StoreEvent } from "../../../sandbox/cluster/store.ts";
import { KINDS, type Kind, type KubeObject } from "../../../steps/lib/ports/kinds.ts";
import type { Kubectl } from "./kubectl.ts";

const OF_APPS: readonly Kind[] = [
  "Deployment",
  "Service",
  "ConfigMap",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "VirtualService",
  "DestinationRule",
  "Lease",
  "Experiment",
];
const OF_PIPELINES: readonly Kind[] = ["PipelineRun", "TaskRun", "Pod"];
/** ConfigMaps that Kubernetes and Istio put into every namespace. */
const EVERYWHERE = ["kube-root-ca.crt", "istio-ca-root-cert", "istio-ca-crl"];
const AGAIN_MS = 100;

export interface WatchOptions {
  readonly kubectl: Kubectl;
  readonly kubeconfig: string;
  readonly apps: readonly string[];
  readonly pipelines: string;
  /** `staged`: it was there before the watching began. */
  readonly onChange: (event: StoreEvent, staged: boolean) => void;
  readonly onProblem: (text: string) => void;
}

/** Resolves, to the way to stop, when what is there has been told. */
export async function watch(options: WatchOptions): Promise<() => void> {
  const config = new KubeConfig();
  config.loadFromFile(options.kubeconfig);
  const watcher = new Watch(config);
  const over = new AbortController();
  setMaxListeners(0, over.signal);

  async function follow(kind: Kind, namespace: string): Promise<void> {
    const { apiVersion, plural } = KINDS[kind];
    const group = apiVersion.includes("/") ? "apis" : "api";
    const path = `/${group}/${apiVersion}/namespaces/${namespace}/${plural}`;
    const list = JSON.parse(await options.kubectl(["get", "--raw", path])) as {
      readonly metadata: { readonly resourceVersion: string };
      readonly items: readonly KubeObject[];
    };
    let version = list.metadata.resourceVersion;
    const tell = (type: StoreEvent["type"], object: KubeObject, staged: boolean) => {
      if (EVERYWHERE.includes(object.metadata.name)) return;
      options.onChange({ type, object: { ...object, apiVersion, kind } }, staged);
    };
    for (const object of list.items) tell("ADDED", object, true);

    const listen = async () => {
      let expired = false;
      const request = await watcher.watch(
        path,
        { resourceVersion: version, allowWatchBookmarks: true },
        (type: string, object: KubeObject) => {
          if (type === "ERROR") {
            expired = true;
            return;
          }
          version = String(object.metadata["resourceVersion"]);
          if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") tell(type, object, false);
        },
        () => {
          over.signal.removeEventListener("abort", end);
          if (over.signal.aborted) return;
          if (expired) options.onProblem(`some changes of ${plural} in ${namespace} were not seen`);
          else setTimeout(again, AGAIN_MS);
        },
      );
      const end = () => request.abort();
      over.signal.addEventListener("abort", end, { once: true });
    };
    const again = () => {
      if (over.signal.aborted) return;
      listen().catch(() => setTimeout(again, AGAIN_MS));
    };
    await listen();
  }

  await Promise.all([
    ...options.apps.flatMap((namespace) => OF_APPS.map((kind) => follow(kind, namespace))),
    ...OF_PIPELINES.map((kind) => follow(kind, options.pipelines)),
  ]);
  return () => over.abort();
}
