import { describe, expect, test } from "vitest";
import type { Cluster } from "../../../steps/lib/ports/cluster.ts";
import { RefusedError, UnavailableError } from "../../../steps/lib/ports/errors.ts";
import type { CommitStatus, Forge } from "../../../steps/lib/ports/forge.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import type { Config } from "../../../steps/set-commit-status/config.ts";
import { setCommitStatus } from "../../../steps/set-commit-status/step.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

const REVISION = "0123456789".repeat(4);
const config: Config = {
  run: { namespace: "ci", name: "web-1", uid: "uid-1" },
  mode: "terminal",
  service: "web",
  namespace: "shop",
  repository: "acme/shop",
  revision: REVISION,
  githubApiUrl: "https://api.example.com",
  statusContext: "canary/shop/web",
  dashboardUrl: "https://tekton",
  failOnRollback: true,
  githubTokenPath: "/none",
};

/** The objects that a release left, the statuses of its commit, and GitHub, which is away until `backAt`. */
function world(objects: readonly KubeObject[], options: { backAfterMs?: number; refused?: boolean } = {}) {
  const clock = createVirtualClock();
  const posted: CommitStatus[] = [];
  const lines: string[] = [];
  const backAt = clock.now() + (options.backAfterMs ?? 0);
  const call = async () => {
    if (options.refused) throw new RefusedError("could not set the status: Bad credentials");
    if (clock.now() < backAt) throw new UnavailableError("could not set the status: GitHub answered 503");
  };
  const forge: Forge = {
    head: async () => REVISION,
    newestStatus: async () => {
      await call();
      return posted.at(-1)?.state;
    },
    setStatus: async (_, status) => {
      await call();
      posted.push(status);
    },
  };
  const matches = (kind: string, namespace: string, object: KubeObject) =>
    object.kind === kind && object.metadata.namespace === namespace;
  const cluster = {
    get: async (kind: string, namespace: string, name: string) =>
      objects.find((each) => matches(kind, namespace, each) && each.metadata.name === name),
    list: async (kind: string, namespace: string, labels: Record<string, string> = {}) =>
      objects.filter(
        (each) =>
          matches(kind, namespace, each) &&
          Object.entries(labels).every(([key, value]) => each.metadata.labels?.[key] === value),
      ),
  } as unknown as Cluster;
  const write = (text: string) => void lines.push(text);
  const log = { info: write, warn: write, error: write };
  const deps = { clock, log, signal: new AbortController().signal, cluster, forge };
  return { clock, posted, lines, deps };
}

function experiment(uid: string, status: object): KubeObject {
  return {
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: { name: "web-v2", namespace: "shop", labels: { "tekton-canary/run": uid } },
    status,
  };
}

function createTaskRun(results: Record<string, string>): KubeObject {
  const labels = { "tekton.dev/pipelineRun": "web-1", "tekton.dev/pipelineTask": "create-experiment" };
  return {
    apiVersion: "tekton.dev/v1",
    kind: "TaskRun",
    metadata: { name: "web-1-create-experiment", namespace: "ci", labels },
    status: { results: Object.entries(results).map(([name, value]) => ({ name, type: "string", value })) },
  };
}

function pipelineRun(status?: string): KubeObject {
  const spec = status === undefined ? {} : { status };
  return {
    apiVersion: "tekton.dev/v1",
    kind: "PipelineRun",
    metadata: { name: "web-1", namespace: "ci", uid: "uid-1" },
    spec,
  };
}

const promoted = {
  word: "promoted",
  reason: "CriteriaMet",
  sentence: "promoted: 0.1% errors of 900 requests",
};

/** What the task's results say of it. */
const RESULTS = { outcome: promoted.word, reason: promoted.reason, sentence: promoted.sentence };

describe("at the start", () => {
  const pending = { ...config, mode: "pending" } as const;

  test("the commit gets a pending status that leads to the run", async () => {
    const { posted, deps } = world([]);
    const end = await setCommitStatus(pending, deps);
    expect(posted).toEqual([
      {
        state: "pending",
        context: "canary/shop/web",
        description: "canary release of web started",
        targetUrl: "https://tekton/#/namespaces/ci/pipelineruns/web-1",
      },
    ]);
    expect(end).toEqual({ exitCode: 0, sentence: "status canary/shop/web of acme/shop@0123456 is pending" });
  });

  test("a GitHub that is away does not hold the release", async () => {
    const { deps, clock } = world([], { backAfterMs: 60_000 });
    const start = clock.now();
    expect(await setCommitStatus(pending, deps)).toEqual({
      exitCode: 0,
      sentence: "the release goes on without a status: could not set the status: GitHub answered 503",
    });
    expect(clock.now()).toBe(start);
  });

  test("without a token there is no status", async () => {
    const { deps } = world([]);
    const end = await setCommitStatus(pending, { ...deps, forge: undefined });
    expect(end).toEqual({
      exitCode: 0,
      sentence: "no token in Secret github-token: acme/shop@0123456 gets no status",
    });
  });
});

describe("at the end", () => {
  test("the outcome of the run's own Experiment is told", async () => {
    const other = { ...promoted, word: "rolled-back", reason: "CriteriaFailed", sentence: "of another run" };
    const { posted, deps } = world([
      experiment("uid-0", { outcome: other }),
      experiment("uid-1", { phase: "Completed", outcome: promoted }),
      createTaskRun({ next: "canary" }),
      pipelineRun(),
    ]);
    const end = await setCommitStatus(config, deps);
    expect(posted).toMatchObject([{ state: "success", description: promoted.sentence }]);
    expect(end).toEqual({ exitCode: 0, sentence: promoted.sentence, results: RESULTS });
  });

  test("without an Experiment the results of create-experiment are told", async () => {
    const results = {
      next: "stop",
      outcome: "rejected",
      reason: "InvalidInput",
      sentence: "config/web.yaml: no",
    };
    const { posted, deps } = world([createTaskRun(results), pipelineRun()]);
    await setCommitStatus(config, deps);
    expect(posted).toMatchObject([{ state: "failure", description: "config/web.yaml: no" }]);
  });

  test("results that are no outcome do not count: the run was interrupted", async () => {
    const { posted, deps } = world([
      experiment("uid-1", { phase: "Progressing" }),
      createTaskRun({ next: "canary", outcome: "", reason: "", sentence: "" }),
      pipelineRun(),
    ]);
    await setCommitStatus(config, deps);
    expect(posted).toMatchObject([
      { state: "error", description: "run web-1 was interrupted before it had a verdict" },
    ]);
  });

  test("a cancelled run is told as that", async () => {
    const { posted, deps } = world([pipelineRun("CancelledRunFinally")]);
    await setCommitStatus(config, deps);
    expect(posted).toMatchObject([
      { state: "error", description: "run web-1 was cancelled before it had a verdict" },
    ]);
  });

  test("a rollback is green when the pipeline says so", async () => {
    const outcome = { word: "rolled-back", reason: "CriteriaFailed", sentence: "4.2% errors" };
    const { posted, deps } = world([experiment("uid-1", { outcome })]);
    await setCommitStatus({ ...config, failOnRollback: false }, deps);
    expect(posted).toMatchObject([{ state: "success" }]);
  });

  test("there is exactly one terminal status, however often the step runs", async () => {
    const { posted, deps, lines } = world([experiment("uid-1", { outcome: promoted })]);
    await setCommitStatus({ ...config, mode: "pending" }, deps);
    await setCommitStatus(config, deps);
    await setCommitStatus(config, deps);
    expect(posted.map(({ state }) => state)).toEqual(["pending", "success"]);
    expect(lines).toEqual([
      "status canary/shop/web of acme/shop@0123456 is success",
      "status canary/shop/web of acme/shop@0123456 was terminal already",
    ]);
  });

  test("a GitHub that comes back is told", async () => {
    const { posted, deps, clock } = world([experiment("uid-1", { outcome: promoted })], {
      backAfterMs: 120_000,
    });
    await clock.runUntil(setCommitStatus(config, deps));
    expect(posted.map(({ state }) => state)).toEqual(["success"]);
  });

  test.each([{ backAfterMs: 3_600_000 }, { refused: true }])(
    "a GitHub that cannot be told is a warning (%j)",
    async (options) => {
      const { deps, clock, lines } = world([experiment("uid-1", { outcome: promoted })], options);
      const end = await clock.runUntil(setCommitStatus(config, deps));
      expect(end).toEqual({ exitCode: 0, sentence: promoted.sentence, results: RESULTS });
      expect(lines.at(-1)).toMatch(
        /^the commit does not know how the release ended: could not set the status/,
      );
    },
  );

  test("a cluster that cannot be read is told too", async () => {
    const { posted, deps } = world([]);
    const list = async () => {
      throw new UnavailableError("could not list Experiment shop/*: no answer within 10 s");
    };
    await setCommitStatus(config, { ...deps, cluster: { ...deps.cluster, list } });
    expect(posted.map(({ description }) => description)).toEqual([
      "it is not known how the release ended: could not list Experiment shop/*: no answer within 10 s",
    ]);
  });

  test("without a token the outcome is still the last line", async () => {
    const { deps } = world([experiment("uid-1", { outcome: promoted })]);
    const end = await setCommitStatus(config, { ...deps, forge: undefined });
    expect(end).toEqual({ exitCode: 0, sentence: promoted.sentence, results: RESULTS });
  });
});
