/** The objects as they are at one moment, folded from what was seen until then. */
import type { Kind, Kinds } from "../../steps/lib/ports/kinds.ts";
import type { ObjectSeen } from "./sightings.ts";

export interface View {
  get<K extends Kind>(kind: K, namespace: string, name: string): Kinds[K] | undefined;
  list<K extends Kind>(kind: K, namespace?: string): readonly Kinds[K][];
}

export interface GrowingView extends View {
  see(sighting: ObjectSeen): void;
}

/** An empty view. Objects are kept as they were seen, never copied or changed. */
export function createView(): GrowingView {
  const byKind = new Map<string, Map<string, unknown>>();
  const of = (kind: string) => {
    const known = byKind.get(kind) ?? new Map<string, unknown>();
    byKind.set(kind, known);
    return known;
  };
  return {
    get<K extends Kind>(kind: K, namespace: string, name: string) {
      return of(kind).get(`${namespace}/${name}`) as Kinds[K] | undefined;
    },
    list<K extends Kind>(kind: K, namespace?: string) {
      const all = [...of(kind).values()] as Kinds[K][];
      return namespace === undefined ? all : all.filter((one) => one.metadata.namespace === namespace);
    },
    see({ change, object }) {
      const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
      if (change === "DELETED") of(object.kind).delete(key);
      else of(object.kind).set(key, object);
    },
  };
}
