/** What runs containers. The real one starts processes; virtual time has one of its own. */
import type { Pod } from "../../steps/lib/ports/kinds.ts";

export interface Runtime {
  /** Why `image` cannot be pulled; undefined when it can. */
  pull(image: string): string | undefined;
  /** Starts the pod's only container; tells nothing before it has returned. What goes wrong is an exit. */
  start(pod: Pod, listener: ContainerListener): Container;
}

/** What a container tells while it runs; nothing after `exited`. */
export interface ContainerListener {
  /** Its program answers on this port of 127.0.0.1. */
  listening(port: number): void;
  /** It may get requests, whether or not its program listens by then. */
  ready(): void;
  unready(): void;
  /** 128 + n when signal n ended it. */
  exited(exitCode: number): void;
}

export interface Container {
  /** SIGTERM now, SIGKILL when `graceMs` are over; resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
}
