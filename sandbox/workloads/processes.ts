/** The real `Runtime`: every container is the demo app as a child process on a free port. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Pod } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "../cluster/json.ts";
import { type Behaviour, environmentOf } from "./behaviour.ts";
import { watchReadiness } from "./readiness.ts";
import type { Container, ContainerListener, Runtime } from "./runtime.ts";

export interface ProcessesOptions {
  /** Path of the demo app. */
  readonly program: string;
  /** How each image behaves; one that is not here cannot be pulled. */
  readonly images: Readonly<Record<string, Behaviour>>;
  /** Gets what the apps print, line by line. */
  readonly log?: (pod: string, line: string) => void;
}

/** A runtime that starts `node PROGRAM` for each pod. Throws when a behaviour makes no sense. */
export function processRuntime({ program, images, log }: ProcessesOptions): Runtime {
  const environments = Object.fromEntries(
    Object.entries(images).map(([image, behaviour]) => [image, environmentOf(behaviour)]),
  );
  return {
    pull(image) {
      const behaviour = images[image];
      if (behaviour === undefined) return `failed to pull image "${image}": ${image}: not found`;
      return behaviour.pull === false ? `failed to pull image "${image}": told not to be there` : undefined;
    },
    start: (pod, listener) => startProcess(program, environment(pod, environments), pod, listener, log),
  };
}

function startProcess(
  program: string,
  env: Readonly<Record<string, string>>,
  pod: Pod,
  listener: ContainerListener,
  log: ProcessesOptions["log"],
): Container {
  // The channel tells the app when this process is gone.
  const child = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const readiness = watchReadiness(containerOf(pod), listener);
  let kill: NodeJS.Timeout | undefined;

  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) throw new Error("the demo app has no output");
    createInterface({ input: stream }).on("line", (line) => {
      log?.(pod.metadata.name, line);
      const port = / listening on port (\d+)$/.exec(line)?.[1];
      if (port !== undefined) readiness.listening(Number(port));
    });
  }
  child.once("error", (error) => log?.(pod.metadata.name, `could not be started: ${error.message}`));
  child.once("close", (code, signal) => {
    clearTimeout(kill);
    readiness.stop();
    listener.exited(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });

  return {
    stop(graceMs) {
      readiness.stop();
      child.kill("SIGTERM");
      kill ??= setTimeout(() => child.kill("SIGKILL"), graceMs);
      return gone;
    },
  };
}

/** What the manifest sets, and on top what the image's behaviour needs. */
function environment(
  pod: Pod,
  environments: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Readonly<Record<string, string>> {
  const container = containerOf(pod);
  const listed: readonly unknown[] = Array.isArray(container["env"]) ? container["env"] : [];
  const own = listed.flatMap((entry): [string, string][] =>
    isRecord(entry) && typeof entry["value"] === "string" ? [[String(entry["name"]), entry["value"]]] : [],
  );
  const image = String(container["image"]);
  return {
    VERSION: pod.metadata.labels?.["version"] ?? image,
    ...Object.fromEntries(own),
    ...environments[image],
    POD_NAME: pod.metadata.name,
    PORT: "0",
  };
}

function containerOf({ ["spec"]: spec }: Pod): Readonly<Record<string, unknown>> {
  const container: unknown =
    isRecord(spec) && Array.isArray(spec["containers"]) ? spec["containers"][0] : undefined;
  return isRecord(container) ? container : {};
}
