/** Sees every change of the kinds that scenarios look at, as the API tells of it. */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig, Watch } from "@kubernetes/client-node";
import type { StoreEvent } from "../../../sandbox/cluster/store.ts";
import { APP_KINDS } from "../../../sandbox/scenario/record.ts";
import { KINDS, type Kind, type KubeObject } from "../../../steps/lib/ports/kinds.ts";
import type { Kubectl } from "./kubectl.ts";

const OF_PIPELINES: readonly Kind[] = ["PipelineRun", "TaskRun", "Pod"];
const AGAIN_MS = 100;

export interface WatchOptions {
  readonly kubectl: Kubectl;
  readonly kubeconfig: string;
  readonly apps: readonly string[];
  readonly pipelines: string;
  /** `staged`: it was there before the watching began. */
  readonly onChange: (event: StoreEvent, staged: boolean) => void;
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
    const known = new Map<string, KubeObject>();
    let version = "";

    const tell = (type: StoreEvent["type"], object: KubeObject, there = false) => {
      const { name } = object.metadata;
      if (type === "DELETED") known.delete(name);
      else known.set(name, object);
      options.onChange({ type, object: { ...object, apiVersion, kind } }, there);
    };

    /** What differs from what is known is told as if it had been watched. */
    const list = async (there: boolean) => {
      const found = JSON.parse(await options.kubectl(["get", "--raw", path])) as List;
      version = found.metadata.resourceVersion;
      const names = new Set(found.items.map(({ metadata }) => metadata.name));
      for (const gone of [...known.values()]) if (!names.has(gone.metadata.name)) tell("DELETED", gone);
      for (const object of found.items) {
        const before = known.get(object.metadata.name);
        if (before === undefined) tell("ADDED", object, there);
        else if (versionOf(before) !== versionOf(object)) tell("MODIFIED", object);
      }
    };

    /** Resolves when the API ends the watch: true when it knows nothing of `version` any more. */
    const listen = () =>
      new Promise<boolean>((resolve) => {
        let expired = false;
        const ending = new AbortController();
        const isOver = (error: unknown) => {
          ending.abort();
          resolve(expired || isGone(error));
        };
        const onEvent = (type: string, object: KubeObject) => {
          if (type === "ERROR") {
            expired = true;
            return;
          }
          version = versionOf(object);
          if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") tell(type, object);
        };
        watcher
          .watch(path, { resourceVersion: version, allowWatchBookmarks: true }, onEvent, isOver)
          .then((request) => {
            const { signal } = over;
            if (signal.aborted) request.abort();
            signal.addEventListener("abort", () => request.abort(), { signal: ending.signal });
          }, isOver);
      });

    const goOn = async () => {
      while (!over.signal.aborted) {
        try {
          if (await listen()) await list(false);
        } catch {
          // The API is away, or its answer was none: asked again.
        }
        await sleep(AGAIN_MS);
      }
    };
    await list(true);
    void goOn();
  }

  await Promise.all([
    ...options.apps.flatMap((namespace) => APP_KINDS.map((kind) => follow(kind, namespace))),
    ...OF_PIPELINES.map((kind) => follow(kind, options.pipelines)),
  ]);
  return () => over.abort();
}

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubeObject[];
}

function versionOf({ metadata }: KubeObject): string {
  return String(metadata["resourceVersion"]);
}

/** The API server has restarted, or much has happened: it cannot tell what changed since. */
function isGone(error: unknown): boolean {
  return error instanceof Error && "statusCode" in error && error.statusCode === 410;
}
