/** The `Store`, in memory. Everything is synchronous, so a write and what its watchers do is one step. */
import type { KubeObject, ObjectMeta } from "../../steps/lib/ports/kinds.ts";
import { copyJson, equalJson, mergePatch } from "./json.ts";
import { WITH_STATUS } from "./resources.ts";
import { StatusError, type Store, type StoreEvent, type WriteOptions } from "./store.ts";

export interface StoreOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /**
   * Looks at an object before it is stored (`old` is what it replaces) and returns it, perhaps pruned.
   * Throws StatusError to refuse it.
   */
  readonly admit?: (object: KubeObject, old: KubeObject | undefined, store: Store) => KubeObject;
  /** Uids and generated names come from it; in [0, 1). */
  readonly random?: () => number;
  /** When the garbage collector does its work: removing what a removed object owned. At once when left out. */
  readonly collect?: (work: () => void) => void;
}

type Metadata = { -readonly [K in keyof ObjectMeta]: ObjectMeta[K] };
type Draft = { apiVersion: string; kind: string; metadata: Metadata; [field: string]: unknown };

/** An empty object store; see `Store` for what it guarantees. */
export function createStore({ now, admit, random = Math.random, collect = atOnce }: StoreOptions): Store {
  const kinds = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(event: StoreEvent) => void>();
  const events: StoreEvent[] = [];
  let delivering = false;
  let version = 0;

  function objectsOf(kind: string): Map<string, KubeObject> {
    const objects = kinds.get(kind) ?? new Map<string, KubeObject>();
    kinds.set(kind, objects);
    return objects;
  }

  function find(kind: string, namespace: string, name: string): KubeObject {
    const object = objectsOf(kind).get(`${namespace}/${name}`);
    if (object === undefined)
      throw new StatusError(404, "NotFound", `${kind} ${label(namespace, name)} not found`);
    return object;
  }

  /** Listeners that write are told of their own writes later, so that everybody sees one order. */
  function emit(type: StoreEvent["type"], object: KubeObject): void {
    events.push({ type, object });
    if (delivering) return;
    delivering = true;
    try {
      for (let event = events.shift(); event !== undefined; event = events.shift())
        for (const listener of [...listeners]) listener(copyJson(event));
    } finally {
      delivering = false;
    }
  }

  function time(): string {
    return `${new Date(now()).toISOString().slice(0, 19)}Z`;
  }

  /** Stamps the draft, stores it and tells everybody. */
  function commit(draft: Draft, type: "ADDED" | "MODIFIED", options: WriteOptions): KubeObject {
    version += 1;
    draft.metadata.resourceVersion = String(version);
    if (options.manager !== undefined) draft.metadata.managedFields = signed(draft.metadata, options, time());
    objectsOf(draft.kind).set(keyOf(draft), draft);
    emit(type, draft);
    return copyJson(draft);
  }

  function update(old: KubeObject, wanted: KubeObject, options: WriteOptions): KubeObject {
    refuseStale(old, wanted.metadata);
    const draft = nextVersion(old, wanted, options);
    const admitted = draftOf(admit === undefined ? draft : admit(draft, old, store));
    if (equalJson(admitted, old)) return copyJson(old);
    if (old.metadata.generation !== undefined && !equalJson(body(admitted), body(old)))
      admitted.metadata.generation = old.metadata.generation + 1;
    return commit(admitted, "MODIFIED", options);
  }

  const store: Store = {
    get: (kind, namespace, name) => copyJson(objectsOf(kind).get(`${namespace}/${name}`)) as never,

    list: (kind, namespace, labels = {}) =>
      [...objectsOf(kind).values()]
        .filter(({ metadata }) => namespace === undefined || (metadata.namespace ?? "") === namespace)
        .filter(({ metadata }) =>
          Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
        )
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
        .map(copyJson) as never,

    create(object, options = {}) {
      const draft = draftOf(copyJson(object));
      const { metadata } = draft;
      const prefix = metadata["generateName"];
      if (metadata.name === undefined && typeof prefix === "string")
        metadata.name = `${prefix}${suffix(random)}`;
      if (metadata.namespace === "") delete metadata.namespace;
      if (metadata.resourceVersion !== undefined)
        throw new StatusError(
          400,
          "BadRequest",
          "resourceVersion should not be set on objects to be created",
        );
      metadata.uid = uuid(random);
      metadata.creationTimestamp = time();
      delete metadata.managedFields;
      if (WITH_STATUS.has(draft.kind) && options.subresource !== "status") delete draft["status"];
      const admitted = draftOf(admit === undefined ? draft : admit(draft, undefined, store));
      // Only now, as an API server does: what is wrong with an object is told first.
      if (objectsOf(draft.kind).has(keyOf(draft)))
        throw new StatusError(
          409,
          "AlreadyExists",
          `${draft.kind} ${label(metadata.namespace, metadata.name)} already exists`,
        );
      if (options.dryRun === true) return copyJson(admitted) as never;
      if (admitted["spec"] === undefined) delete admitted.metadata.generation;
      else admitted.metadata.generation = 1;
      return commit(admitted, "ADDED", options) as never;
    },

    replace(object, options = {}) {
      const { kind, metadata } = object;
      const old = find(kind, metadata.namespace ?? "", metadata.name);
      if (metadata.resourceVersion === undefined)
        throw new StatusError(
          422,
          "Invalid",
          `${kind} "${metadata.name}" is invalid: metadata.resourceVersion: must be specified for an update`,
        );
      return update(old, copyJson(object), options) as never;
    },

    patch(kind, namespace, name, patch, options = {}) {
      const old = find(kind, namespace, name);
      const wanted = copyJson(mergePatch(old, patch) as KubeObject);
      const { uid, ...rest } = wanted.metadata;
      refuseStale(old, rest);
      // No precondition as in a replacement or a deletion, but a field that cannot be changed.
      if (uid !== undefined && uid !== old.metadata.uid) {
        const why = `metadata.uid: Invalid value: "${uid}": field is immutable`;
        throw new StatusError(422, "Invalid", `${kind} "${name}" is invalid: ${why}`);
      }
      return update(old, wanted, options) as never;
    },

    remove(kind, namespace, name, uid) {
      const object = find(kind, namespace, name);
      refuseStale(object, uid === undefined ? {} : { uid });
      version += 1;
      objectsOf(kind).delete(`${namespace}/${name}`);
      emit("DELETED", { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
      collect(() => {
        for (const { kind: owned, metadata } of dependentsOf(object, kinds))
          if (
            objectsOf(owned).get(`${metadata.namespace ?? ""}/${metadata.name}`)?.metadata.uid ===
            metadata.uid
          )
            store.remove(owned, metadata.namespace ?? "", metadata.name);
      });
    },

    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return store;
}

function atOnce(work: () => void): void {
  work();
}

/** What the object will be: the writer's part from `wanted`, everything else from `old`. */
function nextVersion(old: KubeObject, wanted: KubeObject, options: WriteOptions): Draft {
  const draft = draftOf(
    options.subresource === "status"
      ? { ...old, status: wanted["status"] }
      : { ...wanted, apiVersion: old.apiVersion, kind: old.kind },
  );
  if (options.subresource === undefined && WITH_STATUS.has(old.kind)) draft["status"] = old["status"];
  if (draft["status"] === undefined) delete draft["status"];
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, managedFields } =
    old.metadata;
  const kept = { name, namespace, uid, resourceVersion, generation, creationTimestamp, managedFields };
  return { ...draft, metadata: copyJson({ ...draft.metadata, ...kept }) as Metadata };
}

function refuseStale(
  object: KubeObject,
  asked: { readonly uid?: string; readonly resourceVersion?: string },
): void {
  const { name, uid, resourceVersion } = object.metadata;
  if (asked.uid !== undefined && asked.uid !== uid)
    throw new StatusError(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${object.kind} "${name}": Precondition failed: UID in precondition: ${asked.uid}, UID in object meta: ${uid}`,
    );
  if (asked.resourceVersion !== undefined && asked.resourceVersion !== resourceVersion)
    throw new StatusError(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${object.kind} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    );
}

function dependentsOf(
  owner: KubeObject,
  kinds: ReadonlyMap<string, ReadonlyMap<string, KubeObject>>,
): KubeObject[] {
  return [...kinds.values()]
    .flatMap((objects) => [...objects.values()])
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid));
}

/** managedFields with the newest write last; of earlier ones the last of each writer. */
function signed({ managedFields = [] }: Metadata, { manager, subresource }: WriteOptions, time: string) {
  const others = managedFields.filter(
    (entry) =>
      entry.manager !== manager || ("subresource" in entry ? entry.subresource : undefined) !== subresource,
  );
  return [
    ...others,
    { manager, operation: "Update", time, ...(subresource === undefined ? {} : { subresource }) },
  ].map(copyJson) as NonNullable<Metadata["managedFields"]>;
}

/** What a generation counts: everything but metadata and status. */
function body({ metadata: _metadata, status: _status, ...rest }: KubeObject): object {
  return rest;
}

/** The same object, to be written to by its only holder. */
function draftOf(object: KubeObject): Draft {
  return object as Draft;
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function label(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === "" ? `"${name}"` : `"${namespace}/${name}"`;
}

function uuid(random: () => number): string {
  return "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => Math.floor(random() * 16).toString(16));
}

/** Five characters as Kubernetes generates them: no vowels, so no words. */
function suffix(random: () => number): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  return Array.from({ length: 5 }, () => letters[Math.floor(random() * letters.length)]).join("");
}
