/** Patience with what is away for a moment. The only place that tries again on UnavailableError. */
import { formatDuration } from "../experiment/duration.ts";
import type { Clock } from "../ports/clock.ts";
import type { Cluster, Outage } from "../ports/cluster.ts";
import { RefusedError, UnavailableError } from "../ports/errors.ts";
import type { Log } from "../ports/log.ts";

export interface Patience {
  readonly clock: Clock;
  /** Ends the waiting with the signal's reason. */
  readonly signal?: AbortSignal;
  /** No new attempt starts later than this after the first one, in ms. */
  readonly forMs: number;
  /** Pause between attempts, in ms. */
  readonly everyMs: number;
  /** Told about every failed attempt that is followed by another one. */
  readonly on?: (error: UnavailableError) => void;
}

/** Runs `operation` until it does not throw UnavailableError; when the time is over, the last error is thrown. */
export async function withRetry<T>(operation: () => Promise<T>, patience: Patience): Promise<T> {
  const { clock, signal, forMs, everyMs, on } = patience;
  const end = clock.now() + forMs;
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof UnavailableError) || clock.now() + everyMs > end) throw error;
      on?.(error);
      await clock.sleep(everyMs, signal);
    }
  }
}

export interface ClusterPatience {
  readonly clock: Clock;
  readonly log: Log;
  /** Default 60 s. */
  readonly forMs?: number;
  /** Default 1 s. */
  readonly everyMs?: number;
}

/** An API server that is back refuses everybody until it has read its roles, and some kinds until it has read those. */
const STARTING_MS = 10_000;

/**
 * `cluster`, with every call repeated while the API is unavailable. The first failure and the recovery are a line each.
 * A write whose answer was lost may have happened: after an outage `create` may throw AlreadyExistsError, and `replace`
 * and `patch` ConflictError, although it was this call that wrote. SIGTERM does not end it: that is when we clean up.
 */
export function patient(cluster: Cluster, patience: ClusterPatience): Cluster {
  const { clock, log, forMs = 60_000, everyMs = 1000 } = patience;
  let awaySince: number | undefined;
  let beganAt = 0;
  let last: Outage | undefined;

  const isStarting = () => last !== undefined && clock.now() - last.endedAt < STARTING_MS;

  const attempt = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation();
    } catch (error) {
      const mayPass = awaySince !== undefined || isStarting();
      throw mayPass && error instanceof RefusedError ? new UnavailableError(error.message) : error;
    }
  };

  const call = async <T>(operation: () => Promise<T>): Promise<T> => {
    const on = (error: UnavailableError) => {
      if (awaySince !== undefined) return;
      awaySince = clock.now();
      if (!isStarting()) beganAt = awaySince;
      log.warn(`${error.message}; trying again for up to ${formatDuration(forMs)}`);
    };
    const result = await withRetry(() => attempt(operation), { clock, forMs, everyMs, on });
    if (awaySince !== undefined) {
      const endedAt = clock.now();
      log.info(`the cluster answers again after ${formatDuration(endedAt - awaySince)}`);
      last = { endedAt, lastedMs: endedAt - beganAt };
      awaySince = undefined;
    }
    return result;
  };

  return {
    lastOutage: () => last,
    get: (kind, namespace, name) => call(() => cluster.get(kind, namespace, name)),
    list: (kind, namespace, labels) => call(() => cluster.list(kind, namespace, labels)),
    create: (kind, object, mode) => call(() => cluster.create(kind, object, mode)),
    replace: (kind, object) => call(() => cluster.replace(kind, object)),
    patch: (kind, namespace, name, patch, subresource) =>
      call(() => cluster.patch(kind, namespace, name, patch, subresource)),
    remove: (kind, namespace, name, uid) => call(() => cluster.remove(kind, namespace, name, uid)),
  };
}
