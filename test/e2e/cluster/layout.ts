/** Where the cluster keeps things. Everything but the state folder and the lock is inside the cache folder. */
import { homedir } from "node:os";
import { join } from "node:path";

/** Name of the network namespace, and prefix of all that the host can see of a cluster. */
export const NAME = "tekton-canary";
export const LINK = `${NAME}0`;

/** What `down` needs to know; one place for every user and every XDG folder, and gone after a reboot like what it describes. */
export const STATE_FOLDER = `/run/${NAME}-cluster`;
export const STATE_FILE = join(STATE_FOLDER, "state.json");

/** Names the `up` that is at work, and when it started: a number alone may be another process's by now. */
export const LOCK_FILE = `${STATE_FOLDER}.pid`;

/**
 * `$XDG_CACHE_HOME/tekton-canary/cluster`, where all of a cluster is that outlives `down`: `parts`, what their clients fetched
 * in `go`, `npm`, `apt` and `pip`, and `build-logs`. The images of `npm run e2e` are beside it.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, NAME, "cluster");
}

/** The folders of one cluster while it runs; `down` removes `data`. */
export interface Layout {
  readonly cache: string;
  readonly data: string;
  readonly logs: string;
  readonly pki: string;
  readonly config: string;
}

/** Folders under `cache` for the cluster that runs from it. */
export function layoutOf(cache: string): Layout {
  const data = join(cache, "run");
  return {
    cache,
    data,
    logs: join(data, "logs"),
    pki: join(data, "pki"),
    config: join(data, "config"),
  };
}
