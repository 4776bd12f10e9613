/** The product's cluster port straight on an object store: what steps in virtual time talk to instead of a server. */
import type { Cluster } from "../../steps/lib/ports/cluster.ts";
import {
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
  RefusedError,
  UnavailableError,
} from "../../steps/lib/ports/errors.ts";
import { KINDS, type KubeObject } from "../../steps/lib/ports/kinds.ts";
import { StatusError, type Store } from "../cluster/store.ts";

export interface ClusterHooks {
  /** Runs before each call; may throw, as an API server that is away does. */
  readonly before?: (verb: "read" | "write") => void;
  /** Runs after each write that was done, before its caller learns of it. */
  readonly written?: () => void;
}

export function storeCluster(store: Store, { before, written }: ClusterHooks = {}): Cluster {
  const options = { manager: "tekton-canary" };
  const read = async <T>(what: string, operation: () => T): Promise<T> => {
    before?.("read");
    return translated(what, operation);
  };
  const write = async <T>(what: string, operation: () => T): Promise<T> => {
    before?.("write");
    const result = translated(what, operation);
    written?.();
    return result;
  };
  return {
    get: (kind, namespace, name) => read(`get ${kind} ${name}`, () => store.get(kind, namespace, name)),
    list: (kind, namespace, labels) => read(`list ${kind}`, () => store.list(kind, namespace, labels)),
    create: (kind, object, mode) => {
      const dryRun = mode === "dry-run";
      // A dry run writes nothing, so nobody can be killed after it.
      const call = dryRun ? read : write;
      return call(`create ${kind} ${object.metadata.name}`, () =>
        store.create(typed(kind, object), { ...options, dryRun }),
      );
    },
    replace: (kind, object) =>
      write(`replace ${kind} ${object.metadata.name}`, () => store.replace(typed(kind, object), options)),
    patch: (kind, namespace, name, patch, subresource) =>
      write(`patch ${kind} ${name}`, () =>
        store.patch(kind, namespace, name, patch, { ...options, ...(subresource && { subresource }) }),
      ),
    remove: (kind, namespace, name, uid) =>
      write(`remove ${kind} ${name}`, () => {
        if (store.get(kind, namespace, name) !== undefined) store.remove(kind, namespace, name, uid);
      }),
  };
}

function typed<T extends KubeObject>(kind: keyof typeof KINDS, object: T): T {
  return { ...object, kind, apiVersion: KINDS[kind].apiVersion };
}

function translated<T>(what: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const message = `could not ${what}: ${error.message}`;
    switch (error.code) {
      case 400:
        throw new InvalidError(message, { cause: error });
      case 403:
        throw new RefusedError(message, { cause: error });
      case 404:
        throw new NotFoundError(message, { cause: error });
      case 409:
        throw error.reason === "AlreadyExists"
          ? new AlreadyExistsError(message, { cause: error })
          : new ConflictError(message, { cause: error });
      case 422:
        throw error.message.includes("metadata.uid: Invalid value")
          ? new ConflictError(message, { cause: error })
          : new InvalidError(message, { cause: error });
      default:
        throw new UnavailableError(message, { cause: error });
    }
  }
}
