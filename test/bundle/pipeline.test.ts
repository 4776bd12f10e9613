/** The Pipeline against the Tasks it wires, the settings its defaults become, and the clock. */
import { describe, expect, it } from "vitest";
import { config as createExperiment } from "../../steps/create-experiment/config.ts";
import { parseDuration } from "../../steps/lib/experiment/duration.ts";
import { config as waitAndCleanup } from "../../steps/wait-and-cleanup/config.ts";
import { type PipelineTask, pipeline, reference, tasks } from "./manifests.ts";

const PARAMS = {
  required: ["service", "namespace", "repository", "revision"],
  defaults: {
    branch: "",
    delivery: "",
    "manifest-path": "config",
    "experiment-path": "iter8/experiment.yaml",
    "properties-path": "iter8/pipeline.prop",
    "metrics-config": "iter8config-metrics",
    "metrics-namespace": "",
    "prometheus-url": "http://prometheus.istio-system:9090",
    "github-api-url": "https://api.github.com",
    "status-context": "",
    "dashboard-url": "",
    "grafana-url": "",
    "on-new-commit": "supersede",
    "on-inconclusive": "rollback",
    "queue-timeout": "30m",
    "max-duration": "105m",
    drain: "10s",
    "fail-on-rollback": "true",
    "load-allowed-hosts": "",
    ip: "",
    port: "",
    "app-path": "",
    "app-host": "",
    "load-duration": "",
    "load-frequency": "",
  },
};

const { spec } = pipeline;
const wired = [...spec.tasks, ...spec.finally];
const taskOf = (name: string) => tasks.find(({ metadata }) => metadata.name === name);
const wiredTask = (name: string): PipelineTask => {
  const found = wired.find((task) => task.name === name);
  if (found === undefined) throw new Error(`the Pipeline has no task ${name}`);
  return found;
};
const minutes = (duration: string): number => (parseDuration(duration) ?? Number.NaN) / 60_000;
const defaultOf = (name: string): string => spec.params.find((param) => param.name === name)?.default ?? "";

it("has the metadata that the catalog demands", () => {
  expect(pipeline).toMatchObject({
    apiVersion: "tekton.dev/v1",
    kind: "Pipeline",
    metadata: {
      name: "canary-release",
      labels: { "app.kubernetes.io/version": "0.1.0" },
      annotations: {
        "tekton.dev/pipelines.minVersion": "1.6.0",
        "tekton.dev/categories": "Deployment",
        "tekton.dev/platforms": "linux/amd64,linux/arm64",
      },
    },
  });
  expect(spec.description.split("\n")[0]?.length).toBeLessThanOrEqual(80);
});

it("offers the params that people know, with these defaults", () => {
  expect(spec.params.filter((param) => param.default === undefined).map(({ name }) => name)).toEqual(
    PARAMS.required,
  );
  expect(
    Object.fromEntries(
      spec.params.flatMap((param) => (param.default === undefined ? [] : [[param.name, param.default]])),
    ),
  ).toEqual(PARAMS.defaults);
  for (const { name, description } of spec.params) expect(description, name).toMatch(/^\w.*\.$/);
});

it("uses every param, and no other", () => {
  const references = wired.flatMap(({ params }) => params.map(({ value }) => reference(value) ?? ""));
  const used = references
    .filter((one) => one.startsWith("params."))
    .map((one) => one.slice("params.".length));
  expect([...new Set(used)].sort()).toEqual(spec.params.map(({ name }) => name).sort());
});

describe.each(wired.map((task) => [task.name, task] as const))("task %s", (name, task) => {
  it("refers to the Task of its own name and has a short title", () => {
    expect(task.taskRef.name).toBe(name);
    expect(taskOf(name)).toBeDefined();
    expect(task.displayName).toMatch(/^[a-z].{4,40}$/);
  });

  it("passes exactly the params that the Task declares", () => {
    expect(task.params.map((param) => param.name).sort()).toEqual(
      taskOf(name)
        ?.spec.params.map((param) => param.name)
        .sort(),
    );
  });

  it("passes each param from the param, the context or the result of the same name", () => {
    for (const { name: param, value } of task.params) {
      const wanted = param.startsWith("run-")
        ? `$(context.pipelineRun.${param.slice("run-".length)})`
        : param === "experiment"
          ? "$(tasks.create-experiment.results.experiment)"
          : `$(params.${param})`;
      expect(value).toBe(wanted);
    }
  });

  it("repeats the Pipeline's default where the Task has one", () => {
    for (const param of taskOf(name)?.spec.params ?? []) {
      if (param.default !== undefined) expect(param.default, param.name).toBe(defaultOf(param.name));
    }
  });

  it("binds the optional workspaces of the Task to its own", () => {
    const declared = taskOf(name)?.spec.workspaces?.map((workspace) => workspace.name) ?? [];
    expect(task.workspaces ?? []).toEqual(declared.map((workspace) => ({ name: workspace, workspace })));
    for (const workspace of declared) {
      expect(spec.workspaces).toContainEqual(expect.objectContaining({ name: workspace, optional: true }));
    }
  });

  it("has a timeout of its own and is never retried", () => {
    expect(minutes(task.timeout)).toBeGreaterThan(0);
    expect(task.retries).toBeUndefined();
  });
});

it("runs load, candidate and loop side by side after create-experiment has said what comes next", () => {
  const guards = spec.tasks.map(({ name, when }) => [name, when]);
  const guard = (...values: string[]) => [
    { input: "$(tasks.create-experiment.results.next)", operator: "in", values },
  ];
  expect(Object.fromEntries(guards)).toEqual({
    "create-experiment": undefined,
    "generate-load": guard("canary"),
    "apply-candidate": guard("canary", "first"),
    "wait-and-cleanup": guard("canary", "first"),
  });
});

it("refers only to results that a Task declares", () => {
  const texts = [...wired.flatMap(({ params }) => params), ...(spec.results ?? [])].map(({ value }) => value);
  for (const text of texts) {
    const [, task, result] = /^\$\(tasks\.(.+)\.results\.(.+)\)$/.exec(text) ?? [];
    if (task === undefined) continue;
    expect(taskOf(task)?.spec.results).toContainEqual(expect.objectContaining({ name: result }));
  }
});

it("finishes with set-commit-status alone, which no result can keep from running", () => {
  expect(spec.finally.map(({ name }) => name)).toEqual(["set-commit-status"]);
  expect(spec.finally[0]?.when).toBeUndefined();
  for (const { value } of spec.finally[0]?.params ?? []) {
    expect(reference(value)).toMatch(/^(params|context\.pipelineRun)\.[\w-]+$/);
  }
});

describe("timeouts", () => {
  const timeout = (name: string): number => minutes(wiredTask(name).timeout);

  it("leave create-experiment half an hour beside the queue", () => {
    expect(timeout("create-experiment")).toBeGreaterThanOrEqual(minutes(defaultOf("queue-timeout")) + 30);
  });

  it("let apply-candidate see the end of the longest progress deadline, twice", () => {
    expect(timeout("apply-candidate")).toBeGreaterThanOrEqual(2 * 10);
  });

  it("end the loop by its own deadline: availability, max-duration and five minutes to settle", () => {
    expect(timeout("wait-and-cleanup")).toBeGreaterThanOrEqual(10 + minutes(defaultOf("max-duration")) + 5);
    expect(timeout("generate-load")).toBeGreaterThanOrEqual(timeout("wait-and-cleanup"));
  });

  it("give the finally task ten minutes", () => {
    expect(timeout("set-commit-status")).toBe(10);
  });
});

describe("the defaults", () => {
  const given: Readonly<Record<string, string>> = {
    "run-namespace": "tekton-canary",
    "run-name": "web-0b1c2d3e-4f50-11ef",
    "run-uid": "7f6c",
    service: "web",
    namespace: "shop",
    repository: "acme/shop",
    revision: "0123456789abcdef0123456789abcdef01234567",
  };
  /** The environment that the last step of a Task gets when only the required params are set. */
  const environment = (name: string): Record<string, string> =>
    Object.fromEntries(
      (taskOf(name)?.spec.steps.at(-1)?.env ?? []).map((variable) => {
        const param = /^\$\(params\.(.+)\)$/.exec(variable.value)?.[1];
        if (param !== undefined) return [variable.name, given[param] ?? defaultOf(param)];
        return [variable.name, variable.value.startsWith("$(") ? "" : variable.value];
      }),
    );

  it("are settings that create-experiment accepts", () => {
    expect(createExperiment.parse(environment("create-experiment"))).toMatchObject({
      metricsNamespace: "tekton-canary",
      statusContext: "canary/shop/web",
      maxDurationMs: 105 * 60_000,
      failOnRollback: true,
      sourcePath: undefined,
    });
  });

  it("are settings that wait-and-cleanup accepts", () => {
    expect(waitAndCleanup.parse(environment("wait-and-cleanup"))).toMatchObject({
      mode: "run",
      onInconclusive: "rollback",
      drainMs: 10_000,
    });
  });
});
