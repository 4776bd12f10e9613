/**
 * A whole world in virtual time, in one process and without sockets: the object store with its controllers, users, counters,
 * a repository, and the step programs' own code run as killable processes in the order of our pipeline.
 */
import { config as applyConfig } from "../../steps/apply-candidate/config.ts";
import { applyCandidate } from "../../steps/apply-candidate/step.ts";
import { config as createConfig } from "../../steps/create-experiment/config.ts";
import { createExperiment } from "../../steps/create-experiment/step.ts";
import { experimentCrd } from "../../steps/lib/experiment/crd.ts";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import { UnavailableError } from "../../steps/lib/ports/errors.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Metrics } from "../../steps/lib/ports/metrics.ts";
import { EXIT } from "../../steps/lib/process/exit-codes.ts";
import { config as statusConfig } from "../../steps/set-commit-status/config.ts";
import { setCommitStatus } from "../../steps/set-commit-status/step.ts";
import { config as waitConfig } from "../../steps/wait-and-cleanup/config.ts";
import { waitAndCleanup } from "../../steps/wait-and-cleanup/step.ts";
import { createAdmission } from "../cluster/admission.ts";
import { createStore } from "../cluster/memory-store.ts";
import type { Store } from "../cluster/store.ts";
import { createLocalMetrics } from "../prometheus/local-metrics.ts";
import { createSamples } from "../prometheus/samples.ts";
import { violations } from "../scenario/rules.ts";
import type { Sighting } from "../scenario/sightings.ts";
import type { Behaviour } from "../workloads/behaviour.ts";
import { startWorkloads } from "../workloads/workloads.ts";
import { type ProcessEnd, startProcess, type VirtualProcess } from "./process.ts";
import { seededRandom } from "./random.ts";
import { createRepository, type VirtualRepository } from "./repository.ts";
import { virtualRuntime } from "./runtime.ts";
import { startUsers, type Users } from "./users.ts";

export interface VirtualWorldOptions {
  readonly clock: Clock;
  readonly service: string;
  readonly namespace: string;
  readonly images: Readonly<Record<string, Behaviour>>;
  readonly cluster: readonly KubeObject[];
  /** Requests per second of the users. */
  readonly rate: number;
  readonly files: Readonly<Record<string, string>>;
  /** Pipeline params that differ from PARAMS. */
  readonly params?: Readonly<Record<string, string>>;
  readonly seed?: number;
}

export interface RunOptions {
  /** Starts as by a push; false: a person starts it again. */
  readonly byPush?: boolean;
  /** Called after each write of the wait step, with its number. */
  readonly onWaitWrite?: (count: number, process: VirtualProcess) => void;
  /** Called after each write of the create step, with its number. */
  readonly onCreateWrite?: (count: number, process: VirtualProcess) => void;
  readonly onSettleWrite?: (count: number, process: VirtualProcess) => void;
  /** Leaves the finally task out, as a hard cancel does. */
  readonly withoutFinally?: boolean;
}

export interface VirtualRun {
  readonly name: string;
  readonly revision: string;
  /** Resolves when the run is over. */
  readonly over: Promise<void>;
  readonly processes: ReadonlyMap<string, VirtualProcess>;
  /** Sets spec.status and ends the processes, as Tekton does. */
  cancel(how: "Cancelled" | "CancelledRunFinally"): void;
}

export interface VirtualWorld {
  readonly store: Store;
  readonly repository: VirtualRepository;
  readonly users: Users;
  /** Every line that a step wrote: `<step> text`. */
  readonly lines: readonly string[];
  readonly metrics: { away: boolean };
  readonly api: { away: boolean };
  start(revision: string, options?: RunOptions): VirtualRun;
  /** A write that counts as somebody else's. */
  stage<T>(write: () => T): T;
  /** What broke the rules that always hold, so far. */
  violations(): readonly string[];
  stop(): Promise<void>;
}

const RUN_NAMESPACE = "tekton-canary";
const PARAMS: Readonly<Record<string, string>> = {
  PARAM_REPOSITORY: "example/gitops",
  PARAM_BRANCH: "main",
  PARAM_MANIFEST_PATH: "config",
  PARAM_EXPERIMENT_PATH: "iter8/experiment.yaml",
  PARAM_PROPERTIES_PATH: "iter8/pipeline.prop",
  PARAM_METRICS_CONFIG: "iter8config-metrics",
  PARAM_METRICS_NAMESPACE: "",
  PARAM_PROMETHEUS_URL: "http://prometheus.test:9090",
  PARAM_GITHUB_API_URL: "http://github.test",
  PARAM_STATUS_CONTEXT: "",
  PARAM_DASHBOARD_URL: "",
  PARAM_GRAFANA_URL: "",
  PARAM_ON_NEW_COMMIT: "supersede",
  PARAM_ON_INCONCLUSIVE: "rollback",
  PARAM_QUEUE_TIMEOUT: "30m",
  PARAM_MAX_DURATION: "105m",
  PARAM_DRAIN: "1s",
  PARAM_FAIL_ON_ROLLBACK: "true",
  GITHUB_TOKEN_PATH: "/nowhere",
  PROMETHEUS_AUTH_PATH: "/nowhere",
  WORKSPACE_SOURCE_PATH: "",
};

export function startVirtualWorld(options: VirtualWorldOptions): VirtualWorld {
  const { clock, service, namespace, images } = options;
  const random = seededRandom(options.seed ?? 1);
  const store = createStore({ now: () => clock.now(), admit: createAdmission(), random });
  const samples = createSamples();
  const sightings: Sighting[] = [];
  const lines: string[] = [];
  let staged = false;
  const stage = <T>(write: () => T): T => {
    staged = true;
    try {
      return write();
    } finally {
      staged = false;
    }
  };
  const unwatch = store.watch(({ type, object }) => {
    sightings.push({ kind: "object", at: clock.now(), change: type, object, staged });
  });
  const repository = createRepository(
    () => clock.now(),
    ({ revision, at, state, context, description }) => {
      sightings.push({ kind: "status", at, revision, state, context, description });
    },
  );
  const workloads = startWorkloads({
    store,
    clock,
    runtime: virtualRuntime(clock, images),
    onError: (error) => {
      throw error;
    },
  });
  stage(() => {
    store.create(experimentCrd() as KubeObject);
    for (const object of options.cluster) store.create(object);
  });
  const users = startUsers({
    ...options,
    store,
    samples,
    random,
    onReply: (reply) => sightings.push(reply),
  });
  const metrics = { away: false };
  const api = { away: false };
  const guarded = guard(createLocalMetrics(samples), metrics);
  const onLine = (name: string, text: string) => lines.push(`${name}: ${text}`);
  const beforeCall = () => {
    if (api.away) throw new UnavailableError("could not reach the cluster: it is away");
  };
  const world = { store, metrics: guarded, clock, onLine, beforeCall };
  let runs = 0;

  const start = (revision: string, run: RunOptions = {}): VirtualRun => {
    runs += 1;
    const delivery = `${runs}`.padStart(18, "d");
    const name = run.byPush === false ? `${service}-rerun-${runs}` : `${service}-${delivery}`;
    const created = store.create<KubeObject>({
      apiVersion: "tekton.dev/v1",
      kind: "PipelineRun",
      metadata: { name, namespace: RUN_NAMESPACE },
      spec: {},
    });
    const env = {
      ...PARAMS,
      ...options.params,
      RUN_NAMESPACE,
      RUN_NAME: name,
      RUN_UID: created.metadata.uid ?? "",
      PARAM_SERVICE: service,
      PARAM_NAMESPACE: namespace,
      PARAM_REVISION: revision,
      PARAM_DELIVERY: delivery,
    };
    const processes = new Map<string, VirtualProcess>();
    let cancelled: string | undefined;

    const launch = async (step: string, task: string, make: () => VirtualProcess): Promise<ProcessEnd> => {
      if (cancelled !== undefined && task !== "set-commit-status") return { kind: "killed" };
      const taskRun = { name: `${name}-${step}`, pipelineTask: task };
      noteTask(store, clock, name, taskRun, undefined);
      const process = make();
      processes.set(step, process);
      const end = await process.exited;
      noteTask(store, clock, name, taskRun, end);
      return end;
    };

    const pipeline = async () => {
      const forge = repository;
      const status = (mode: "pending" | "terminal") =>
        launch(`status-${mode}`, mode === "pending" ? "create-experiment" : "set-commit-status", () =>
          startProcess(world, `set-commit-status (${mode})`, (deps) =>
            setCommitStatus(statusConfig.parse({ ...env, MODE: mode }), { ...deps, forge }),
          ),
        );
      await status("pending");
      const create = await launch("create-experiment", "create-experiment", () =>
        startProcess(
          world,
          "create-experiment",
          (deps) =>
            createExperiment(createConfig.parse(env), {
              ...deps,
              forge,
              source: forge,
              writer: `create-${name}`,
            }),
          run.onCreateWrite,
        ),
      );
      const results = create.kind === "ended" ? create.end.results : undefined;
      if (create.kind === "ended" && create.end.exitCode === EXIT.done && results?.["next"] !== "stop") {
        const own = { ...env, PARAM_EXPERIMENT: results?.["experiment"] ?? "" };
        await Promise.all([
          launch("apply-candidate", "apply-candidate", () =>
            startProcess(world, "apply-candidate", (deps) => applyCandidate(applyConfig.parse(own), deps)),
          ),
          launch("wait-and-cleanup", "wait-and-cleanup", () =>
            startProcess(
              world,
              "wait-and-cleanup",
              (deps) =>
                waitAndCleanup(waitConfig.parse({ ...own, MODE: "run" }), {
                  ...deps,
                  writer: `wait-${name}`,
                }),
              run.onWaitWrite,
            ),
          ),
        ]);
      }
      if (cancelled !== "Cancelled" && run.withoutFinally !== true) {
        await launch("settle", "set-commit-status", () =>
          startProcess(
            world,
            "settle",
            (deps) =>
              waitAndCleanup(waitConfig.parse({ ...env, MODE: "settle" }), {
                ...deps,
                writer: `settle-${name}`,
              }),
            run.onSettleWrite,
          ),
        );
        await status("terminal");
      }
      const completionTime = new Date(clock.now()).toISOString();
      store.patch(
        "PipelineRun",
        RUN_NAMESPACE,
        name,
        { status: { completionTime } },
        { subresource: "status" },
      );
    };

    return {
      name,
      revision,
      processes,
      over: pipeline(),
      cancel(how) {
        cancelled = how;
        store.patch("PipelineRun", RUN_NAMESPACE, name, { spec: { status: how } });
        for (const process of processes.values()) process.terminate();
      },
    };
  };

  return {
    store,
    repository,
    users,
    lines,
    metrics,
    api,
    stage,
    start,
    violations: () =>
      violations(sightings, {
        subjects: [{ namespace, service }],
        pipelineNamespace: RUN_NAMESPACE,
        images: options.images,
        secrets: {},
      }),
    async stop() {
      users.stop();
      unwatch();
      await workloads.stop();
    },
  };
}

function guard(inner: Metrics, state: { readonly away: boolean }): Metrics {
  const assertThere = () => {
    if (state.away) throw new UnavailableError("could not query metrics: Prometheus is away");
  };
  return {
    async instant(query, at) {
      assertThere();
      return await inner.instant(query, at);
    },
    async range(selector, at) {
      assertThere();
      return await inner.range(selector, at);
    },
  };
}

/** The TaskRun as the steps of other tasks look for it. */
function noteTask(
  store: Store,
  clock: Clock,
  run: string,
  { name, pipelineTask }: { readonly name: string; readonly pipelineTask: string },
  end: ProcessEnd | undefined,
): void {
  if (end === undefined) {
    if (store.get("TaskRun", RUN_NAMESPACE, name) !== undefined) return;
    const labels = { "tekton.dev/pipelineRun": run, "tekton.dev/pipelineTask": pipelineTask };
    store.create({
      apiVersion: "tekton.dev/v1",
      kind: "TaskRun",
      metadata: { name, namespace: RUN_NAMESPACE, labels },
    });
    return;
  }
  const fine = end.kind === "ended" && end.end.exitCode === EXIT.done;
  const results = end.kind === "ended" ? Object.entries(end.end.results ?? {}) : [];
  const status = {
    completionTime: new Date(clock.now()).toISOString(),
    conditions: [
      { type: "Succeeded", status: fine ? "True" : "False", reason: fine ? "Succeeded" : "Failed" },
    ],
    results: results.map(([key, value]) => ({ name: key, value })),
  };
  store.patch("TaskRun", RUN_NAMESPACE, name, { status }, { subresource: "status" });
}
