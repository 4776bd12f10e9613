/** The embedded world, put together: a cluster with Tekton, a mesh, Prometheus, and the forge that is pushed to. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../steps/lib/ports/clock.ts";
import type { KubeObject } from "../steps/lib/ports/kinds.ts";
import { createAdmission } from "./cluster/admission.ts";
import { createFaults, type Faults } from "./cluster/faults.ts";
import { takingItsTime } from "./cluster/garbage-collector.ts";
import { createStore } from "./cluster/memory-store.ts";
import { type AnsweredWrite, type Api, serveApi } from "./cluster/server.ts";
import type { Store, StoreEvent } from "./cluster/store.ts";
import { createTokens } from "./cluster/tokens.ts";
import { type Forge, startForge } from "./forge/forge.ts";
import type { Webhook } from "./forge/webhook.ts";
import { USUAL_DELAYS } from "./mesh/delivery.ts";
import { type Gateway, startGateway } from "./mesh/gateway.ts";
import { type Prometheus, startPrometheus } from "./prometheus/prometheus.ts";
import { createChildProcesses } from "./tekton/child-processes.ts";
import type { StepLine } from "./tekton/step-log.ts";
import { startTekton, type Tekton } from "./tekton/tekton.ts";
import { type ListenerEvent, startListener } from "./triggers/listener.ts";
import type { Behaviour } from "./workloads/behaviour.ts";
import { podAddress } from "./workloads/pod-status.ts";
import { processRuntime } from "./workloads/processes.ts";
import { startWorkloads } from "./workloads/workloads.ts";
import { fillNamespaces } from "./world/every-namespace.ts";
import { installation, PIPELINE_NAMESPACE, type Release } from "./world/install.ts";
import { stepCredentials } from "./world/step-credentials.ts";

export interface WorldOptions {
  /** The repository's root folder: our YAML, the bundles in dist/, the demo app. */
  readonly root: string;
  /** For git repositories, credentials and the files of TaskRuns; the caller removes it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly images: Readonly<Record<string, Behaviour>>;
  /** What is there before the first push. */
  readonly cluster: readonly KubeObject[];
  readonly releases: readonly Release[];
  /** Time between two scrapes in ms; Prometheus' own default here when left out. */
  readonly scrapeMs?: number | undefined;
  /** The first commit: path -> text. */
  readonly files: Readonly<Record<string, string>>;
  readonly listeners: WorldListeners;
}

/** Who is told of what; all are called at once, when it happens. */
export interface WorldListeners {
  /** `staged`: written through `stage`, so by no part of the world itself. */
  change(event: StoreEvent, staged: boolean): void;
  line(line: StepLine): void;
  write(write: AnsweredWrite): void;
  trigger(event: ListenerEvent): void;
  /** Something in the world does not work as it should. */
  problem(text: string): void;
}

export interface World {
  readonly store: Store;
  readonly api: Api;
  readonly faults: Faults;
  readonly tekton: Tekton;
  readonly forge: Forge;
  readonly prometheus: Prometheus;
  readonly gateway: Gateway;
  /** Values that must not be seen anywhere, by what they are; more come with each step that starts. */
  secrets(): Readonly<Record<string, string>>;
  /** Makes a change that counts as somebody else's. */
  stage<T>(write: () => T): T;
  /** Ends everything that it has started. */
  close(): Promise<void>;
}

export const REPOSITORY = "example/gitops";

/** Starts every part. When one fails to start, those before it are ended. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { root, folder, clock, images, listeners, scrapeMs } = options;
  const parts: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of parts.splice(0).reverse()) await end();
  };
  try {
    const store = createStore({
      now: () => clock.now(),
      admit: createAdmission(),
      collect: takingItsTime(clock),
    });
    const { stage, watch } = staging(store);
    watch(listeners.change);
    fillNamespaces(store);
    const token = randomBytes(20).toString("hex");
    const secret = randomBytes(20).toString("hex");
    const tokens = createTokens(clock.now);
    const faults = createFaults();

    const api = await serveApi({ store, tokens, faults, onWrite: listeners.write });
    parts.push(api.close);
    const credentials = stepCredentials(join(folder, "credentials"), api.url, tokens);
    const gateway = await startGateway({
      store,
      random: Math.random,
      delays: USUAL_DELAYS,
      address: podAddress,
      onProblem: listeners.problem,
    });
    parts.push(gateway.close);
    const prometheus = await startPrometheus({
      targets: () => [gateway.metricsUrl],
      clock,
      ...(scrapeMs !== undefined && { everyMs: scrapeMs }),
    });
    parts.push(prometheus.close);
    const webhooks: Webhook[] = [];
    const git = join(folder, "git");
    const forge = await startForge({
      folder: git,
      repository: REPOSITORY,
      token,
      webhooks: () => webhooks,
      clock,
    });
    parts.push(forge.stop);

    const bundle = await installation({
      root,
      repository: REPOSITORY,
      prometheusUrl: prometheus.url,
      githubApiUrl: forge.apiUrl,
      releases: options.releases.map((release) => withLoadTarget(release, options.files, gateway)),
    });
    const objects = [...bundle, secretObject("github-token", token), secretObject("github-webhook", secret)];
    for (const object of [...objects, ...options.cluster]) stage(() => store.create(object));

    const problem = (error: unknown) =>
      listeners.problem(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const program = join(root, "samples", "tutorial", "app", "app.mjs");
    const workloads = startWorkloads({
      store,
      clock,
      runtime: processRuntime({ program, images }),
      onError: problem,
    });
    parts.push(workloads.stop);
    const tekton = startTekton({
      store,
      clock,
      launcher: createChildProcesses(),
      bundles: join(root, "dist"),
      folder: join(folder, "taskruns"),
      environment: credentials.environment,
      onVanished: credentials.revoke,
      onLine: listeners.line,
    });
    parts.push(tekton.close);
    await forge.push({ files: options.files, message: "first commit", quiet: true });
    const listener = await startListener({
      store,
      namespace: PIPELINE_NAMESPACE,
      eventListener: "canary",
      onEvent: listeners.trigger,
    });
    parts.push(listener.close);
    webhooks.push({ url: listener.url, secret });
    const secrets = () => ({
      "Secret github-token": token,
      "Secret github-webhook": secret,
      ...credentials.issued,
    });
    return { store, api, faults, tekton, forge, prometheus, gateway, secrets, stage, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tells the events of the store apart: the first one of a staged change is the change itself, others follow from it. */
function staging(store: Store) {
  let expected = false;
  return {
    stage<T>(write: () => T): T {
      expected = true;
      try {
        return write();
      } finally {
        expected = false;
      }
    },
    watch(listener: (event: StoreEvent, staged: boolean) => void): void {
      store.watch((event) => {
        const staged = expected;
        expected = false;
        listener(event, staged);
      });
    },
  };
}

/** Load goes to the gateway, the only ingress there is, when the repository has a properties file that asks for load. */
function withLoadTarget(
  release: Release,
  files: Readonly<Record<string, string>>,
  gateway: Gateway,
): Release {
  const { params } = release;
  if (!((params["properties-path"] ?? "iter8/pipeline.prop") in files)) return release;
  const target = { ip: gateway.host, port: String(gateway.port), "load-allowed-hosts": gateway.host };
  return { ...release, params: { ...target, ...params } };
}

function secretObject(name: string, token: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: PIPELINE_NAMESPACE },
    type: "Opaque",
    data: { token: Buffer.from(token).toString("base64") },
  };
}
