/** Our pipeline in virtual time: the step programs' own code, in the order of pipelines/, as killable processes. */
import { config as applyConfig } from "../../steps/apply-candidate/config.ts";
import { applyCandidate } from "../../steps/apply-candidate/step.ts";
import { config as createConfig } from "../../steps/create-experiment/config.ts";
import { createExperiment } from "../../steps/create-experiment/step.ts";
import type { Forge, Source } from "../../steps/lib/ports/forge.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { EXIT } from "../../steps/lib/process/exit-codes.ts";
import type { StepEnd } from "../../steps/lib/process/step.ts";
import { config as statusConfig } from "../../steps/set-commit-status/config.ts";
import { setCommitStatus } from "../../steps/set-commit-status/step.ts";
import { config as waitConfig } from "../../steps/wait-and-cleanup/config.ts";
import { waitAndCleanup } from "../../steps/wait-and-cleanup/step.ts";
import {
  type ProcessDeps,
  type ProcessEnd,
  type ProcessWorld,
  startProcess,
  type VirtualProcess,
} from "./process.ts";
import { recordEnd, recordStart } from "./task-runs.ts";

export interface PipelineOptions {
  readonly service: string;
  readonly namespace: string;
  /** Params that differ from PARAMS. */
  readonly params: Readonly<Record<string, string>>;
  readonly forge: Forge & Source;
}

export interface RunOptions {
  /** Starts as by a push; false: a person starts it again. */
  readonly byPush?: boolean;
  /** Called after each write of the wait step, with its number. */
  readonly onWaitWrite?: OnWrite;
  /** Called after each write of the create step, with its number. */
  readonly onCreateWrite?: OnWrite;
  readonly onSettleWrite?: OnWrite;
  /** How long the apply step's pod takes longer to start than the wait step's, in ms. */
  readonly applyDelayMs?: number;
  /** Called after each write of the apply step, with its number. */
  readonly onApplyWrite?: OnWrite;
  /** A wait step that was killed is started again, once. */
  readonly waitAgain?: boolean;
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

type OnWrite = (count: number, process: VirtualProcess) => void;

/** One process of a run: its key among the run's processes, its pipeline task, and what its lines begin with. */
interface Launch {
  readonly key: string;
  readonly task?: string;
  readonly title?: string;
}

/** Where PipelineRuns and TaskRuns are. */
export const RUN_NAMESPACE = "tekton-canary";

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

/** Returns the way to start a run for a revision; every run gets a number, which is in its name and its delivery id. */
export function createPipeline(
  world: ProcessWorld,
  options: PipelineOptions,
): (revision: string, run?: RunOptions) => VirtualRun {
  let runs = 0;
  return (revision, run = {}) => {
    runs += 1;
    return startRun(world, options, revision, runs, run);
  };
}

function startRun(
  world: ProcessWorld,
  { service, namespace, params, forge }: PipelineOptions,
  revision: string,
  number: number,
  run: RunOptions,
): VirtualRun {
  const { store, clock } = world;
  const delivery = `${number}`.padStart(18, "d");
  const name = run.byPush === false ? `${service}-rerun-${number}` : `${service}-${delivery}`;
  const created = store.create<KubeObject>({
    apiVersion: "tekton.dev/v1",
    kind: "PipelineRun",
    metadata: { name, namespace: RUN_NAMESPACE },
    spec: {},
  });
  const env = {
    ...PARAMS,
    ...params,
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

  const launch = async (
    { key, task = key, title = key }: Launch,
    program: (deps: ProcessDeps) => Promise<StepEnd>,
    onWrite?: OnWrite,
  ): Promise<ProcessEnd> => {
    if (cancelled !== undefined && task !== "set-commit-status") return { kind: "killed" };
    const taskRun = { namespace: RUN_NAMESPACE, name: `${name}-${key}`, run: name, task };
    recordStart(store, taskRun);
    const process = startProcess(world, title, program, onWrite);
    processes.set(key, process);
    const end = await process.exited;
    recordEnd(store, clock.now(), taskRun, end);
    return end;
  };

  const tell = (mode: "pending" | "terminal") =>
    launch(
      {
        key: `status-${mode}`,
        task: mode === "pending" ? "create-experiment" : "set-commit-status",
        title: `set-commit-status (${mode})`,
      },
      (deps) => setCommitStatus(statusConfig.parse({ ...env, MODE: mode }), { ...deps, forge }),
    );
  const create = () =>
    launch(
      { key: "create-experiment" },
      (deps) =>
        createExperiment(createConfig.parse(env), {
          ...deps,
          forge,
          source: forge,
          writer: `create-${name}`,
        }),
      run.onCreateWrite,
    );
  const apply = async (own: typeof env) => {
    if (run.applyDelayMs !== undefined) await clock.sleep(run.applyDelayMs);
    return await launch(
      { key: "apply-candidate" },
      (deps) => applyCandidate(applyConfig.parse(own), deps),
      run.onApplyWrite,
    );
  };
  const wait = (own: typeof env, writer: string) =>
    launch(
      { key: "wait-and-cleanup" },
      (deps) => waitAndCleanup(waitConfig.parse({ ...own, MODE: "run" }), { ...deps, writer }),
      run.onWaitWrite,
    );
  const settle = () =>
    launch(
      { key: "settle", task: "set-commit-status" },
      (deps) =>
        waitAndCleanup(waitConfig.parse({ ...env, MODE: "settle" }), { ...deps, writer: `settle-${name}` }),
      run.onSettleWrite,
    );

  const pipeline = async () => {
    await tell("pending");
    const creation = await create();
    const results = creation.kind === "ended" ? creation.end.results : undefined;
    if (creation.kind === "ended" && creation.end.exitCode === EXIT.done && results?.["next"] !== "stop") {
      const own = { ...env, PARAM_EXPERIMENT: results?.["experiment"] ?? "" };
      await Promise.all([
        apply(own),
        wait(own, `wait-${name}`).then(async (end) => {
          if (end.kind === "killed" && run.waitAgain === true) await wait(own, `wait-again-${name}`);
        }),
      ]);
    }
    if (cancelled !== "Cancelled" && run.withoutFinally !== true) {
      await settle();
      await tell("terminal");
    }
    const status = { completionTime: new Date(clock.now()).toISOString() };
    store.patch("PipelineRun", RUN_NAMESPACE, name, { status }, { subresource: "status" });
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
}
