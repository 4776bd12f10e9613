/** The world that a scenario plays in, as its player sees it. The sandbox is one, a real cluster can be another. */
import type { IncomingHttpHeaders } from "node:http";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Forge } from "../forge/forge.ts";
import type { WorldListeners, WorldOptions } from "../world.ts";

/** What a world is made from; who listens is told of every object, line and answered write. */
export type Setting = Omit<WorldOptions, "root" | "folder" | "listeners">;

export interface Place {
  /** How messages call it, such as `the sandbox`. */
  readonly name: string;
  /** ms until the mesh follows a route that was written; a request under way needs as long. */
  readonly graceMs: number;
  /** ms until the mesh hears of an API server that is back, which repairs it; until then it goes by older routes. */
  readonly deafMs: number;
  /** `folder` is for its files; the caller removes it. */
  start(setting: Setting, folder: string, listeners: WorldListeners): Promise<World>;
}

export interface World {
  readonly forge: Forge;
  readonly entrance: Entrance;
  /** Resolves when what is there before the first push is ready, or is not after all that time. */
  ready(): Promise<void>;
  /** Resolves when the webhooks sent so far have started what they start. */
  triggered(): Promise<void>;
  /** Starts the run's spec again under a new name. */
  rerun(namespace: string, pipelineRun: string): Promise<KubeObject>;
  /** Whether a process of the run is still there; a cancelled one lives on for up to 30 s. */
  isWorking(pipelineRun: string): boolean;
  /** SIGKILL to the steps that run the program; how many there were. */
  kill(program: string, pipelineRun?: string): Promise<number>;
  /** SIGTERM, then SIGKILL after 30 s; how many there were. */
  terminate(program: string, pipelineRun?: string): Promise<number>;
  /** Deletes the pods of the run's tasks that run the program by force: SIGTERM, then SIGKILL after 2 s; how many there were. */
  evict(program: string, pipelineRun?: string): Promise<number>;
  /** Takes a part away; resolves, when it is away, to the way to bring it back, which resolves when it answers again. */
  outage(part: Part): Promise<() => Promise<void>>;
  /** Ends the users' way into the mesh and starts it anew: its connections and counters are gone. */
  restartGateway(): Promise<void>;
  /** A merge patch by somebody who is no part of the world. */
  patch(kind: string, namespace: string, name: string, change: object): Promise<void>;
  /** A deletion by somebody who is no part of the world. */
  remove(kind: string, namespace: string, name: string): Promise<void>;
  /** Prometheus is away, answers with old values, or is well again. */
  metrics(state: "down" | "up" | "stale"): Promise<void>;
  /** From now on the API answers this share of the steps' calls with this status. */
  failCalls(failure: { readonly status: number; readonly share: number }): void;
  /** Values that must not be seen anywhere, by what they are. */
  secrets(): Readonly<Record<string, string>>;
  /** Resolves when the listeners were told everything that has happened so far. */
  told(): Promise<void>;
  /** Ends everything that it has started. */
  close(): Promise<void>;
}

/** The API server, what tells the proxies their routes, and Prometheus. */
export type Part = "api" | "mesh" | "metrics";

/** Where users' requests come in. */
export interface Entrance {
  readonly host: string;
  /** For the service whose users ask. */
  port(service: { readonly namespace: string; readonly service: string }): number;
  /** The Deployment that answered; undefined when the mesh did. */
  servedBy(answer: Answer): string | undefined;
}

export interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
