/** Tells what the scenario itself writes from what the release writes: both are seen through the same API. */
import type { StoreEvent } from "../../../sandbox/cluster/store.ts";
import { PIPELINE_NAMESPACE } from "../../../sandbox/world/install.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

export interface Staging {
  /** A name for the writer of one change, under which its first sighting is known again. */
  writer(): string;
  /** The next deletion of this object is the scenario's. */
  removal(kind: string, namespace: string, name: string): void;
  /** Whether the change is one of those; each is told once. */
  isStaged(event: StoreEvent): boolean;
}

interface Managed {
  readonly managedFields?: readonly { readonly manager?: string }[];
}

export function createStaging(): Staging {
  let count = 0;
  const writers = new Set<string>();
  const removals = new Set<string>();
  return {
    writer() {
      count += 1;
      const name = `somebody-${count}`;
      writers.add(name);
      return name;
    },
    removal: (kind, namespace, name) => void removals.add(`${kind} ${namespace}/${name}`),
    isStaged({ type, object }) {
      const { namespace = "", name } = object.metadata;
      if (type === "DELETED") return removals.delete(`${object.kind} ${namespace}/${name}`);
      const { managedFields = [] } = object.metadata as Managed;
      const writer = managedFields.find(({ manager = "" }) => writers.has(manager))?.manager;
      return writer !== undefined && writers.delete(writer);
    },
  };
}

/** Which objects of the pipelines' namespace, where several scenarios play at once, belong to releases in these namespaces. */
export function belonging(namespaces: readonly string[]): (object: KubeObject) => boolean {
  const runs = new Set<string>();
  return ({ kind, metadata, ...rest }) => {
    if (metadata.namespace !== PIPELINE_NAMESPACE) return true;
    if (kind !== "PipelineRun") return runs.has(metadata.labels?.["tekton.dev/pipelineRun"] ?? "");
    const { params = [] } = (rest as { spec?: { params?: { name: string; value: unknown }[] } }).spec ?? {};
    const mine = params.some(({ name, value }) => name === "namespace" && namespaces.includes(String(value)));
    if (mine) runs.add(metadata.name);
    return mine;
  };
}
