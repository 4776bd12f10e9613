/**
 * The object store of the sandbox: one map of Kubernetes objects with what an API server guarantees about them
 * (uids, resourceVersions, conflicts, the status subresource, generations, merge patches, owner clean-up).
 * No sockets and no time of its own, so the virtual-time tests run on it too.
 */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

/** An answer of the API server that is not a success; `code` and `reason` as Kubernetes gives them. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly code: number;
  readonly reason: string;
  /** What is wrong, field by field. */
  readonly causes: readonly StatusCause[];
  constructor(code: number, reason: string, message: string, causes: readonly StatusCause[] = []) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.causes = causes;
  }
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface WriteOptions {
  /**
   * A write to it changes the status alone, a write without it everything else (kinds with a status that is written
   * apart). `create` with it keeps the status that the object brings, as the sandbox's own controllers need it.
   */
  readonly subresource?: "status";
  /** Who writes, noted in managedFields. */
  readonly manager?: string;
  /** For `create`: everything is looked at, nothing is stored. */
  readonly dryRun?: boolean;
}

/**
 * Objects returned are copies; objects passed in are copied. Kinds are addressed by kind name alone (a group that is
 * served in several versions is one kind). `T` is a view: the store looks into no kind.
 */
export interface Store {
  get<T extends KubeObject = KubeObject>(kind: string, namespace: string, name: string): T | undefined;
  /** All namespaces when `namespace` is undefined. `labels`: equality selector. */
  list<T extends KubeObject = KubeObject>(
    kind: string,
    namespace?: string,
    labels?: Readonly<Record<string, string>>,
  ): T[];
  create<T extends KubeObject = KubeObject>(object: T, options?: WriteOptions): T;
  replace<T extends KubeObject = KubeObject>(object: T, options?: WriteOptions): T;
  patch<T extends KubeObject = KubeObject>(
    kind: string,
    namespace: string,
    name: string,
    patch: object,
    options?: WriteOptions,
  ): T;
  /** Deletes it and, at once, everything that names it as owner. */
  remove(kind: string, namespace: string, name: string, uid?: string): void;
  /** Called synchronously after every change; returns the way to stop. */
  watch(listener: (event: StoreEvent) => void): () => void;
}
