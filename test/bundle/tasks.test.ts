/** The Tasks against the catalog's rules, our step contract, and the settings that the programs parse. */
import { describe, expect, it } from "vitest";
import { config as applyCandidate } from "../../steps/apply-candidate/config.ts";
import { config as createExperiment } from "../../steps/create-experiment/config.ts";
import { config as generateLoad } from "../../steps/generate-load/config.ts";
import { config as setCommitStatus } from "../../steps/set-commit-status/config.ts";
import { config as waitAndCleanup } from "../../steps/wait-and-cleanup/config.ts";
import { names, type Step, type Task, taskNames, tasks } from "./manifests.ts";

/** What each program parses; one that runs in two modes has the same variables in both. */
const settings: Readonly<
  Record<string, { in: { shape: object } | { options: readonly { shape: object }[] } }>
> = {
  "apply-candidate": applyCandidate,
  "create-experiment": createExperiment,
  "generate-load": generateLoad,
  "set-commit-status": setCommitStatus,
  "wait-and-cleanup": waitAndCleanup,
};

const secretMounts: Readonly<Record<string, string>> = {
  "github-token": "/etc/canary/github",
  "prometheus-auth": "/etc/canary/prometheus",
};

/** The step program that a step runs. */
const programOf = (step: Step): string => step.command[1]?.replace(/^\/app\/|\.mjs$/g, "") ?? "";
const variablesOf = (program: string): readonly string[] => {
  const fields = settings[program]?.in;
  const shape = fields === undefined || "shape" in fields ? fields?.shape : fields.options[0]?.shape;
  return Object.keys(shape ?? {}).sort();
};
const kebab = (name: string): string => name.toLowerCase().replaceAll("_", "-");
const isResult = (variable: string): boolean => variable.startsWith("RESULT_");

const steps = tasks.flatMap((task) =>
  task.spec.steps.map((step) => ({ task, step, title: `${task.metadata.name}, step ${step.name}` })),
);

it("has one Task per step program, named like it", () => {
  const programs = names("steps").filter((name) => name !== "lib");
  expect(taskNames).toEqual(programs);
  expect(tasks.map((task) => task.metadata.name)).toEqual(programs);
});

describe.each(tasks.map((task) => [task.metadata.name, task] as const))("Task %s", (_name, task) => {
  it("is a v1 Task with the metadata that the catalog demands", () => {
    const { labels, annotations } = task.metadata;
    expect(task).toMatchObject({ apiVersion: "tekton.dev/v1", kind: "Task" });
    expect(labels).toMatchObject({ "app.kubernetes.io/version": "0.1.0" });
    expect(annotations).toMatchObject({
      "tekton.dev/pipelines.minVersion": "1.6.0",
      "tekton.dev/categories": "Deployment",
      "tekton.dev/platforms": "linux/amd64,linux/arm64",
      "tekton.dev/tags": expect.stringMatching(/\w/),
      "tekton.dev/displayName": expect.stringMatching(/\w/),
    });
  });

  it("keeps the mesh's sidecar out of its pod, by label and by annotation", () => {
    expect(task.metadata.labels?.["sidecar.istio.io/inject"]).toBe("false");
    expect(task.metadata.annotations?.["sidecar.istio.io/inject"]).toBe("false");
  });

  it("says in one short line what it does, and then more", () => {
    const [summary = "", blank, more] = task.spec.description.split("\n");
    expect(summary.length).toBeLessThanOrEqual(80);
    expect(summary).toMatch(/\.$/);
    expect([blank, more]).toEqual(["", expect.stringMatching(/\w/)]);
  });

  it("describes every param and every result", () => {
    for (const { name, description } of [...task.spec.params, ...(task.spec.results ?? [])]) {
      expect(description, name).toMatch(/^\w.*\.$/);
    }
  });

  it("uses every param, and no other", () => {
    const used = task.spec.steps.flatMap(({ env }) =>
      env.map(({ value }) => /^\$\(params\.(.+)\)$/.exec(value)?.[1]),
    );
    expect([...new Set(used.filter((name) => name !== undefined))].sort()).toEqual(
      task.spec.params.map(({ name }) => name).sort(),
    );
  });

  it("runs in a namespace with restricted pod security, under any user id", () => {
    expect(task.spec.stepTemplate.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(task.spec.stepTemplate.env).toContainEqual({ name: "HOME", value: "/tekton/home" });
    expect(task.spec.stepTemplate.volumeMounts).toEqual([{ name: "tmp", mountPath: "/tmp" }]);
    expect(task.spec.volumes).toContainEqual({ name: "tmp", emptyDir: {} });
  });

  it("mounts only optional Secrets, each declared once and used", () => {
    const secrets = task.spec.volumes.filter(({ secret }) => secret !== undefined);
    for (const { name, secret } of secrets) expect(secret).toEqual({ secretName: name, optional: true });
    const mounted = task.spec.steps.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
    expect(secrets.map(({ name }) => name).sort()).toEqual([...new Set(mounted)].sort());
  });

  it("declares exactly the results that its steps write", () => {
    const written = task.spec.steps.flatMap(({ env }) => env.map(({ name }) => name).filter(isResult));
    expect(written.sort()).toEqual(
      (task.spec.results ?? [])
        .map(({ name }) => `RESULT_${name.toUpperCase().replaceAll("-", "_")}_PATH`)
        .sort(),
    );
  });
});

describe.each(steps.map(({ title, ...rest }) => [title, rest] as const))("%s", (_title, { task, step }) => {
  it("runs a program by command, without a shell", () => {
    const program = programOf(step);
    expect(Object.keys(settings)).toContain(program);
    expect(step.command).toEqual(["node", `/app/${program}.mjs`]);
    expect(step.image).toBe(`ghcr.io/tekton-canary/${program}:0.1.0`);
    expect([step.script, step.args]).toEqual([undefined, undefined]);
    expect(step.displayName).toMatch(/^[a-z].{5,60}$/);
  });

  it("sets exactly the settings that the program parses", () => {
    const set = step.env.map(({ name }) => name);
    expect(set.filter((name) => !isResult(name)).sort()).toEqual(variablesOf(programOf(step)));
    expect(new Set(set).size).toBe(set.length);
  });

  it("takes every setting from where its name says", () => {
    for (const { name, value } of step.env) {
      const [kind, ...rest] = name.split("_");
      const inner = kebab(rest.slice(0, -1).join("_"));
      if (kind === "PARAM") expect(value).toBe(`$(params.${kebab(rest.join("_"))})`);
      else if (kind === "RUN") expect(value).toBe(`$(params.${kebab(name)})`);
      else if (kind === "RESULT") expect(value).toBe(`$(results.${inner}.path)`);
      else if (kind === "WORKSPACE") {
        expect(value).toBe(`$(workspaces.${inner}.path)`);
        expect(task.spec.workspaces).toContainEqual(expect.objectContaining({ name: inner, optional: true }));
      } else expect(["MODE", "GITHUB_TOKEN_PATH", "PROMETHEUS_AUTH_PATH"]).toContain(name);
    }
  });

  it("mounts a Secret only when a setting points into it", () => {
    const mounts = Object.fromEntries((step.volumeMounts ?? []).map((mount) => [mount.name, mount]));
    const paths = Object.fromEntries(step.env.map(({ name, value }) => [name, value]));
    const wanted: Readonly<Record<string, string | undefined>> = {
      "github-token": paths["GITHUB_TOKEN_PATH"],
      "prometheus-auth": paths["PROMETHEUS_AUTH_PATH"],
    };
    for (const [secret, path] of Object.entries(wanted)) {
      const mountPath = secretMounts[secret];
      expect(mounts[secret]).toEqual(
        path === undefined ? undefined : { name: secret, mountPath, readOnly: true },
      );
    }
    expect(paths["GITHUB_TOKEN_PATH"] ?? "/etc/canary/github/token").toBe("/etc/canary/github/token");
    expect(paths["PROMETHEUS_AUTH_PATH"] ?? "/etc/canary/prometheus").toBe("/etc/canary/prometheus");
  });

  it("bounds its memory above what Node may use for its heap", () => {
    const options = task.spec.stepTemplate.env.find(({ name }) => name === "NODE_OPTIONS")?.value;
    const heap = Number(/--max-old-space-size=(\d+)/.exec(options ?? "")?.[1]);
    const limit = Number(/^(\d+)Mi$/.exec(step.computeResources.limits["memory"] ?? "")?.[1]);
    const request = Number(/^(\d+)Mi$/.exec(step.computeResources.requests["memory"] ?? "")?.[1]);
    expect(heap).toBeGreaterThan(0);
    // Measured over whole releases: at most 124 MB resident, of which 32 MB heap; so Node takes about 92 MB beside its heap.
    expect(limit - heap).toBeGreaterThanOrEqual(92);
    expect(request).toBeGreaterThanOrEqual(124);
    expect(Object.keys(step.computeResources.requests)).toEqual(["cpu", "memory"]);
  });
});

it("gives the GitHub token only to the steps that call GitHub", () => {
  const holders = (task: Task): readonly string[] =>
    task.spec.steps
      .filter(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => name === "github-token"))
      .map((step) => `${task.metadata.name}/${step.name}`);
  expect(tasks.flatMap(holders)).toEqual([
    "create-experiment/set-commit-status",
    "create-experiment/create-experiment",
    "set-commit-status/set-commit-status",
  ]);
});

it("goes on after a step that must not stop the next one", () => {
  const continued = steps.filter(({ step }) => step.onError !== undefined);
  expect(continued.map(({ title, step }) => [title, step.onError])).toEqual([
    ["create-experiment, step set-commit-status", "continue"],
    ["set-commit-status, step settle", "continue"],
  ]);
});

it("runs each program in the modes it was written for", () => {
  const modes = steps.map(({ title, step }) => [title, step.env.find(({ name }) => name === "MODE")?.value]);
  expect(Object.fromEntries(modes.filter(([, mode]) => mode !== undefined))).toEqual({
    "create-experiment, step set-commit-status": "pending",
    "set-commit-status, step set-commit-status": "terminal",
    "set-commit-status, step settle": "settle",
    "wait-and-cleanup, step wait-and-cleanup": "run",
  });
});

it("lets settling take the Task's own defaults for what is wrong in the params", () => {
  const task = tasks.find(({ metadata }) => metadata.name === "set-commit-status");
  const step = task?.spec.steps.find(({ name }) => name === "settle");
  const defaults = new Map(task?.spec.params.map((param) => [`$(params.${param.name})`, param.default]));
  const environment = (optional: (value: string) => string) =>
    Object.fromEntries(
      (step?.env ?? []).map(({ name, value }) => {
        const byDefault = defaults.get(value);
        return [
          name,
          byDefault !== undefined ? optional(byDefault) : value.startsWith("$(") ? "given" : value,
        ];
      }),
    );
  const settled = waitAndCleanup.parse(environment((value) => value));
  expect(waitAndCleanup.parse(environment(() => "wrong"))).toEqual(settled);
});
