/** Our Tasks and Pipeline as a Tekton bundle: complete in itself, pushed as it is installed, and used by the runs. */
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import type { Place, World } from "../../sandbox/scenario/world.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { document, documents, kustomized, pipeline, taskNames, tasks, text } from "../bundle/manifests.ts";
import { bundled, isFromBundle, resolvedByBundle, throughBundle } from "../e2e/bundles/bundle.ts";
import { onlyFromBundle } from "../e2e/bundles/place.ts";
import { pushBundle } from "../e2e/bundles/push.ts";

const REFERENCE = "registry.example.com/canary/canary-release:0.1.0";

const remote = (kind: string, name: string) => ({
  resolver: "bundles",
  params: [
    { name: "bundle", value: REFERENCE },
    { name: "name", value: name },
    { name: "kind", value: kind },
  ],
});

interface PipelineTask {
  readonly name: string;
  readonly taskRef: unknown;
}

interface Made {
  readonly spec: { readonly tasks: readonly PipelineTask[]; readonly finally: readonly PipelineTask[] };
}

const ours = [...tasks, pipeline].map((object) => object as unknown as KubeObject);

describe("a bundle", () => {
  const objects = bundled(
    [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "metrics" } },
      ...ours.map((object) => ({ ...object, metadata: { ...object.metadata, namespace: "tekton-canary" } })),
    ],
    REFERENCE,
  );

  test("holds the five Tasks and the Pipeline, of no namespace, and nothing else", () => {
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      ...taskNames.map((name) => `Task ${name}`),
      "Pipeline canary-release",
    ]);
    expect(objects.map(({ metadata }) => metadata.namespace)).toEqual(objects.map(() => undefined));
    expect(objects.slice(0, -1)).toEqual(ours.slice(0, -1));
  });

  test("has a Pipeline that takes every Task, the last one too, from the bundle", () => {
    const { spec } = objects.find(({ kind }) => kind === "Pipeline") as unknown as Made;
    const all = [...spec.tasks, ...spec.finally];
    expect(all.map(({ taskRef }) => taskRef)).toEqual(all.map(({ name }) => remote("task", name)));
    expect(all.map(({ name }) => name).toSorted()).toEqual(taskNames);
  });

  test("is refused when it would be empty or hold more than the resolver reads", () => {
    const many = Array.from({ length: 21 }, () => ours[0] as KubeObject);
    expect(() => bundled([], REFERENCE)).toThrow("a bundle holds 1 to 20 Tasks and Pipelines, these are 0");
    expect(() => bundled(many, REFERENCE)).toThrow("these are 21");
  });
});

describe("a run through the bundle", () => {
  const run = { apiVersion: "tekton.dev/v1", kind: "PipelineRun", metadata: { name: "web-1" } };

  test("asks the resolver for the Pipeline that it named, and is otherwise as it was", () => {
    const spec = { pipelineRef: { name: "canary-release" }, params: [{ name: "service", value: "web" }] };
    expect(resolvedByBundle({ ...run, spec }, REFERENCE)).toEqual({
      ...run,
      spec: { ...spec, pipelineRef: remote("pipeline", "canary-release") },
    });
    expect(() => resolvedByBundle({ ...run, spec: {} }, REFERENCE)).toThrow(
      "PipelineRun web-1: spec.pipelineRef.name is missing",
    );
  });

  test("is what a push starts when the template says so", () => {
    const template = document<KubeObject>("triggers/template.yaml");
    const listener = document<KubeObject>("triggers/listener.yaml");
    const [kept, changed] = throughBundle([listener, template], REFERENCE);
    expect(kept).toBe(listener);
    expect(changed).toEqual(
      parse(
        text("triggers/template.yaml").replace(
          /pipelineRef:\n +name: canary-release/,
          `pipelineRef: ${JSON.stringify(remote("pipeline", "canary-release"))}`,
        ),
      ),
    );
  });

  test.each([
    ["TaskRun", { taskRef: remote("task", "generate-load") }, true],
    ["PipelineRun", { pipelineRef: remote("pipeline", "canary-release") }, true],
    ["TaskRun", { taskRef: { name: "generate-load" } }, false],
    ["TaskRun", { taskRef: { ...remote("task", "generate-load"), resolver: "cluster" } }, false],
    ["PipelineRun", {}, false],
  ])("%s with %j: %s", (kind, spec, expected) => {
    expect(isFromBundle({ ...run, kind, spec }, REFERENCE)).toBe(expected);
    expect(isFromBundle({ ...run, kind, spec }, "registry.example.com/other:1")).toBe(false);
  });

  test("is told apart from one that found the installed Tasks", async () => {
    const problems: string[] = [];
    const started = async (...[, , listeners]: Parameters<Place["start"]>): Promise<World> => {
      const add = (kind: string, name: string, spec: object) =>
        listeners.change({ type: "ADDED", object: { ...run, kind, metadata: { name }, spec } }, false);
      add("PipelineRun", "good", { pipelineRef: remote("pipeline", "canary-release") });
      add("TaskRun", "good-load", { taskRef: { name: "generate-load" } });
      add("Pod", "good-load-pod", {});
      return {} as World;
    };
    const place = onlyFromBundle({ name: "here", graceMs: 0, deafMs: 0, start: started }, REFERENCE);
    const seen: string[] = [];
    const nothing = () => undefined;
    const listeners = {
      line: nothing,
      write: nothing,
      trigger: nothing,
      change: ({ object }: { object: KubeObject }) => void seen.push(object.kind),
      problem: (problem: string) => void problems.push(problem),
    };
    await place.start({} as Parameters<Place["start"]>[0], "", listeners);
    expect(problems).toEqual([`TaskRun good-load does not come from the bundle ${REFERENCE}`]);
    expect(seen).toEqual(["PipelineRun", "TaskRun", "Pod"]);
  });
});

test("tkn gets what kustomize renders, and the reference has the version of the images", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bundle-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const tkn = join(folder, "tkn");
  await writeFile(tkn, `#!/bin/sh\necho "$@" > ${folder}/arguments\ncat > ${folder}/input\n`);
  await chmod(tkn, 0o755);
  const asked: (readonly string[])[] = [];
  const kubectl = async (args: readonly string[]) => {
    asked.push(args);
    return ours.map((object) => JSON.stringify(object)).join("\n---\n");
  };
  const reference = await pushBundle({ tkn, kubectl, registry: "10.1.2.3:5000", root: "." });
  expect(asked).toEqual([["kustomize", "config"]]);
  expect(reference).toMatch(/^10\.1\.2\.3:5000\/tekton-canary\/canary-release:\d+\.\d+\.\d+$/);
  expect(tasks[0]?.spec.steps[0]?.image.split(":")[1]).toBe(reference.split(":")[2]);
  expect(await readFile(join(folder, "arguments"), "utf8")).toBe(`bundle push ${reference} --filenames=-\n`);
  const pushed = parseAllDocuments(await readFile(join(folder, "input"), "utf8"));
  expect(pushed.map((one) => one.toJS())).toEqual(bundled(ours, reference));
});

test("docs/pipeline.md makes the same bundle with the tools of a shell", () => {
  const command = /kubectl kustomize config \| (.+?) \|\n +tkn bundle push/s.exec(
    text("docs/pipeline.md"),
  )?.[1];
  const input = kustomized("config")
    .map((path) => text(path))
    .join("---\n");
  const made = execFileSync("sh", ["-c", command ?? ""], {
    input,
    encoding: "utf8",
    env: { ...process.env, BUNDLE: REFERENCE },
  });
  const installed = kustomized("config").flatMap((path) => documents<KubeObject>(path));
  expect(parseAllDocuments(made).map((one) => one.toJS())).toEqual(bundled(installed, REFERENCE));
});
