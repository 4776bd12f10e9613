/** A step program as a process in virtual time: it can be killed between any two of its writes. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { Cluster } from "../../steps/lib/ports/cluster.ts";
import { StepError } from "../../steps/lib/ports/errors.ts";
import type { Log } from "../../steps/lib/ports/log.ts";
import type { Metrics } from "../../steps/lib/ports/metrics.ts";
import { patient } from "../../steps/lib/process/retry.ts";
import type { StepEnd } from "../../steps/lib/process/step.ts";
import type { Store } from "../cluster/store.ts";
import { storeCluster } from "./store-cluster.ts";

export interface ProcessDeps {
  readonly cluster: Cluster;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export type ProcessEnd =
  | { readonly kind: "ended"; readonly end: StepEnd }
  | { readonly kind: "failed"; readonly error: StepError }
  | { readonly kind: "killed" };

export interface VirtualProcess {
  readonly exited: Promise<ProcessEnd>;
  /** SIGKILL: from now on nothing it does has any effect. */
  kill(): void;
  /** SIGTERM; SIGKILL 30 s later. */
  terminate(): void;
  /** How many writes to the cluster have been answered. */
  readonly writes: number;
}

export interface ProcessWorld {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly onLine: (name: string, text: string) => void;
  /** May throw, as an API server that is away does. */
  readonly beforeCall?: (verb: "read" | "write") => void;
}

const GRACE_MS = 30_000;

export function startProcess(
  world: ProcessWorld,
  name: string,
  run: (deps: ProcessDeps) => Promise<StepEnd>,
  onWrite: (count: number, process: VirtualProcess) => void = () => {},
): VirtualProcess {
  const { store, metrics, clock, onLine } = world;
  const terminated = new AbortController();
  let dead = false;
  let writes = 0;
  let exit: (end: ProcessEnd) => void = () => {};
  const exited = new Promise<ProcessEnd>((resolve) => {
    exit = resolve;
  });
  /** A dead process never learns the answer to anything. */
  const alive = async <T>(operation: () => Promise<T>): Promise<T> => {
    if (dead) return await new Promise<never>(() => {});
    try {
      const result = await operation();
      return dead ? await new Promise<never>(() => {}) : result;
    } catch (error) {
      if (dead) return await new Promise<never>(() => {});
      throw error;
    }
  };
  const own: Clock = {
    now: () => clock.now(),
    sleep: (ms, signal) => alive(() => clock.sleep(ms, signal)),
  };
  const process: VirtualProcess = {
    exited,
    kill() {
      dead = true;
      exit({ kind: "killed" });
    },
    terminate() {
      terminated.abort(new DOMException("ended by SIGTERM", "AbortError"));
      void clock.sleep(GRACE_MS).then(() => process.kill());
    },
    get writes() {
      return writes;
    },
  };
  const inner = storeCluster(store, {
    ...(world.beforeCall && { before: world.beforeCall }),
    written() {
      writes += 1;
      onWrite(writes, process);
    },
  });
  const cluster: Cluster = {
    get: (...args) => alive(() => inner.get(...args)),
    list: (...args) => alive(() => inner.list(...args)),
    create: (...args) => alive(() => inner.create(...args)),
    replace: (...args) => alive(() => inner.replace(...args)),
    patch: (...args) => alive(() => inner.patch(...args)),
    remove: (...args) => alive(() => inner.remove(...args)),
  };
  const line = (mark: string) => (text: string) => {
    if (!dead) onLine(name, `${mark}${text}`);
  };
  const log: Log = { info: line(""), warn: line("warning: "), error: line("error: ") };
  const deps: ProcessDeps = {
    cluster: patient(cluster, { clock: own, log }),
    metrics: {
      instant: (...a) => alive(() => metrics.instant(...a)),
      range: (...a) => alive(() => metrics.range(...a)),
    },
    clock: own,
    log,
    signal: terminated.signal,
  };
  run(deps).then(
    (end) => {
      log.info(end.sentence);
      exit({ kind: "ended", end });
    },
    (error: unknown) => {
      if (!(error instanceof StepError) && !terminated.signal.aborted) throw error;
      log.error(error instanceof Error ? error.message : String(error));
      exit({ kind: "failed", error: error instanceof StepError ? error : new StepError(String(error)) });
    },
  );
  return process;
}
