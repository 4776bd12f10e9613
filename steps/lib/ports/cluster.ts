import type { Kind, Kinds } from "./kinds.ts";

/** In ms, `endedAt` since the epoch. */
export interface Outage {
  readonly endedAt: number;
  readonly lastedMs: number;
}

/**
 * The few verbs we use on a Kubernetes API: GET, LIST, POST, PUT with resourceVersion, merge PATCH, DELETE.
 * Namespaced objects only. Every method throws RefusedError, UnavailableError or InvalidError; what else is said below.
 */
export interface Cluster {
  /** The last time the API was away and came back, as far as this process saw it. */
  readonly lastOutage?: () => Outage | undefined;
  /** The object, or undefined when it does not exist. */
  get<K extends Kind>(kind: K, namespace: string, name: string): Promise<Kinds[K] | undefined>;
  /** Objects of the namespace that carry all of `labels`. */
  list<K extends Kind>(
    kind: K,
    namespace: string,
    labels?: Readonly<Record<string, string>>,
  ): Promise<readonly Kinds[K][]>;
  /** Throws AlreadyExistsError. With `dry-run` the API says what it would answer, and does nothing. */
  create<K extends Kind>(kind: K, object: Kinds[K], mode?: "dry-run"): Promise<Kinds[K]>;
  /** PUT of the whole object; its `metadata.resourceVersion` must be the newest. Throws ConflictError, NotFoundError. */
  replace<K extends Kind>(kind: K, object: Kinds[K]): Promise<Kinds[K]>;
  /**
   * JSON merge patch (RFC 7386). With `metadata.resourceVersion` (and `metadata.uid`) in the patch it is applied only
   * to that version (of that object). Throws ConflictError, NotFoundError.
   */
  patch<K extends Kind>(
    kind: K,
    namespace: string,
    name: string,
    patch: object,
    subresource?: "status",
  ): Promise<Kinds[K]>;
  /** Deletes the object, only if it has `uid` when one is given. One that is already gone is fine. */
  remove(kind: Kind, namespace: string, name: string, uid?: string): Promise<void>;
}
