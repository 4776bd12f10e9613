/** The triggers against the Pipeline: which push becomes which run. */
import { Environment } from "@marcbachmann/cel-js";
import { describe, expect, it } from "vitest";
import { parseDuration } from "../../steps/lib/experiment/duration.ts";
import { ANNOTATION, LABEL, triggeredRunName } from "../../steps/lib/experiment/names.ts";
import { revision } from "../../steps/lib/process/settings.ts";
import { document, type Manifest, type Param, pipeline, reference, type Value } from "./manifests.ts";

interface Interceptor {
  readonly ref: { readonly name: string; readonly kind: string };
  readonly params: readonly { readonly name: string; readonly value: unknown }[];
}
interface EventListener extends Manifest {
  readonly spec: {
    readonly serviceAccountName: string;
    readonly triggers: readonly {
      readonly interceptors: readonly Interceptor[];
      readonly bindings: readonly { readonly ref: string }[];
      readonly template: { readonly ref: string };
    }[];
  };
}
interface PipelineRun extends Manifest {
  readonly spec: {
    readonly pipelineRef: { readonly name: string };
    readonly timeouts: { readonly pipeline: string; readonly tasks: string; readonly finally: string };
    readonly taskRunSpecs: readonly {
      readonly pipelineTaskName: string;
      readonly serviceAccountName: string;
    }[];
    readonly params: readonly Value[];
  };
}
interface TriggerTemplate extends Manifest {
  readonly spec: { readonly params: readonly Param[]; readonly resourcetemplates: readonly PipelineRun[] };
}

const listener = document<EventListener>("triggers/listener.yaml");
const binding = document<Manifest & { spec: { params: readonly Value[] } }>("triggers/binding.yaml");
const template = document<TriggerTemplate>("triggers/template.yaml");
const settings = document<Manifest & { data: Record<string, string> }>("triggers/settings.yaml");

const [trigger] = listener.spec.triggers;
const [run] = template.spec.resourcetemplates;
if (trigger === undefined || run === undefined) throw new Error("triggers/ has no trigger or no run");

const interceptor = (name: string): Interceptor["params"] =>
  trigger.interceptors.find(({ ref }) => ref.name === name)?.params ?? [];
const parameter = (of: Interceptor["params"], name: string): unknown =>
  of.find((one) => one.name === name)?.value;
const minutes = (duration: string): number => (parseDuration(duration) ?? Number.NaN) / 60_000;

const delivery = "72D3162E-CC78-11E3-81AB-4C9367DC0958";
const push = {
  ref: "refs/heads/main",
  after: "0123456789abcdef0123456789abcdef01234567",
  deleted: false,
  repository: { full_name: "my-org/my-app" },
  commits: [{ added: [] as string[], modified: ["config/deploy.yaml"], removed: [] as string[] }],
};

/** The functions that Triggers adds to CEL, as far as the listener uses them. */
const cel = new Environment()
  .registerVariable("body", "map")
  .registerVariable("header", "map")
  .registerFunction("string.replace(string, string): string", (text: string, old: string, by: string) =>
    text.replaceAll(old, by),
  )
  .registerFunction("string.truncate(int): string", (text: string, length: bigint) =>
    text.slice(0, Number(length)),
  )
  .registerFunction("map.canonical(string): string", (headers: Record<string, string>, name: string) => {
    return headers[name] ?? "";
  });
const evaluate = (expression: string, body: object, id: string | undefined = delivery): unknown =>
  cel.evaluate(expression, { body, header: { "X-GitHub-Delivery": id } });

it("checks the signature first, then the content", () => {
  expect(trigger.interceptors.map(({ ref }) => ref)).toEqual([
    { name: "github", kind: "ClusterInterceptor" },
    { name: "cel", kind: "ClusterInterceptor" },
  ]);
  expect(parameter(interceptor("github"), "secretRef")).toEqual({
    secretName: "github-webhook",
    secretKey: "token",
  });
  expect(parameter(interceptor("github"), "eventTypes")).toEqual(["push"]);
});

describe("the filter", () => {
  const filter = String(parameter(interceptor("cel"), "filter"));
  const changed = (files: Partial<(typeof push.commits)[0]>) => ({
    ...push,
    commits: [
      { added: ["README.md"], modified: [], removed: [] },
      { added: [], modified: [], removed: [], ...files },
    ],
  });

  it.each([
    ["changes the manifest", push],
    ["adds a file below config/", changed({ added: ["config/base/service.yaml"] })],
    ["removes a file below config/", changed({ removed: ["config/hpa.yaml"] })],
    ["changes the experiment", changed({ modified: ["iter8/experiment.yaml"] })],
  ])("lets a push through that %s", (_title, body) => {
    expect(evaluate(filter, body)).toBe(true);
  });

  it.each([
    ["to another repository", { ...push, repository: { full_name: "my-org/my-app-fork" } }],
    ["to another branch", { ...push, ref: "refs/heads/main-2" }],
    ["of a tag", { ...push, ref: "refs/tags/main" }],
    ["that deletes the branch", { ...push, deleted: true, commits: [] }],
    ["without commits", { ...push, commits: [] }],
    [
      "that touches other files only",
      changed({ modified: ["src/config/a.ts", "configuration.md", "iter8"] }),
    ],
  ])("stops a push %s", (_title, body) => {
    expect(evaluate(filter, body)).toBe(false);
  });
});

describe("what a forger could try, who has a signed body but no key", () => {
  const filter = String(parameter(interceptor("cel"), "filter"));

  it.each([
    ["no delivery id", ""],
    ["one that ends the run's name with a dash", "72d3162e-cc78-11e-"],
    ["one that is no label", "../../x"],
    ["one with a variable of Tekton", "$(context.pipelineRun.uid)"],
    ["one with more after it", `${delivery}\nx`],
    ["another form of it", `${delivery.slice(0, 18)}$(tt.params.service)`],
  ])("stops %s", (_title, id) => {
    expect(evaluate(filter, push, id)).toBe(false);
  });

  const { commits: _commits, ...withoutCommits } = push;
  const { deleted: _deleted, ...withoutDeleted } = push;
  it.each([
    ["no commits", withoutCommits],
    ["no word on deletion", withoutDeleted],
    ["no repository", { ...push, repository: {} }],
    ["a commit without lists", { ...push, commits: [{}] }],
  ])("does not let a payload through that has %s", (_title, body) => {
    // Triggers takes an expression that cannot be evaluated as a refusal.
    expect(() => evaluate(filter, body)).toThrow();
  });

  it("reads nothing else of the payload than what the push event is sure to have", () => {
    const crafted = {
      ...push,
      head_commit: null,
      pusher: { name: "$(params.namespace)" },
      after: "$(params.x)",
    };
    expect(evaluate(filter, crafted)).toBe(true);
    // The commit is checked where it is used: a label of the run, and the steps' own setting.
    expect(revision.safeParse(crafted.after).success).toBe(false);
  });
});

it("takes from the payload the commit, its branch and the delivery, nothing else", () => {
  const overlays = parameter(interceptor("cel"), "overlays") as readonly {
    key: string;
    expression: string;
  }[];
  const extensions = Object.fromEntries(
    overlays.map(({ key, expression }) => [key, evaluate(expression, push)]),
  );
  expect(extensions).toEqual({
    branch: "main",
    delivery: delivery.toLowerCase(),
    run: "72d3162e-cc78-11e3",
  });
  expect(Object.fromEntries(binding.spec.params.map(({ name, value }) => [name, reference(value)]))).toEqual({
    revision: "body.after",
    branch: "extensions.branch",
    delivery: "extensions.delivery",
    run: "extensions.run",
  });
});

it("refers to its own parts", () => {
  expect(trigger.bindings).toEqual([{ ref: binding.metadata.name }]);
  expect(trigger.template.ref).toBe(template.metadata.name);
  expect(listener.spec.serviceAccountName).toBe("canary-listener");
  expect(run.spec.pipelineRef.name).toBe(pipeline.metadata.name);
});

describe("the template", () => {
  const bound = binding.spec.params.map(({ name }) => name);

  it("passes every param of the Pipeline on, from a param of the same name", () => {
    expect(run.spec.params).toEqual(
      pipeline.spec.params.map(({ name }) => ({ name, value: `$(tt.params.${name})` })),
    );
  });

  it("declares what the binding sets without a default, and everything else as a constant", () => {
    const constants = pipeline.spec.params.map(({ name }) => name).filter((name) => !bound.includes(name));
    expect(template.spec.params.map(({ name }) => name)).toEqual([...bound, ...constants]);
    for (const param of template.spec.params) {
      expect(param.default !== undefined, param.name).toBe(constants.includes(param.name));
      expect(param.description, param.name).toMatch(/^\w.*\.$/);
    }
  });

  it("keeps the Pipeline's defaults", () => {
    for (const { name, default: value } of pipeline.spec.params) {
      if (value === undefined || bound.includes(name)) continue;
      expect(template.spec.params.find((param) => param.name === name)?.default, name).toBe(value);
    }
  });

  it("names the run so that the programs know a push started it, and a replay creates nothing", () => {
    const name = run.metadata.name
      .replace("$(tt.params.service)", "my-app")
      .replace("$(tt.params.run)", delivery.toLowerCase().slice(0, 18));
    expect(name).toBe(triggeredRunName("my-app", delivery.toLowerCase()));
  });

  it("labels the run with service and commit", () => {
    expect(run.metadata.labels).toMatchObject({
      [LABEL.service]: "$(tt.params.service)",
      [ANNOTATION.revision]: "$(tt.params.revision)",
    });
    expect(run.metadata.annotations).toEqual({ [ANNOTATION.repository]: "$(tt.params.repository)" });
  });

  it("runs each task under its own account", () => {
    expect(run.spec.taskRunSpecs).toEqual([
      { pipelineTaskName: "create-experiment", serviceAccountName: "canary-create" },
      { pipelineTaskName: "generate-load", serviceAccountName: "canary-load" },
      { pipelineTaskName: "apply-candidate", serviceAccountName: "canary-apply" },
      { pipelineTaskName: "wait-and-cleanup", serviceAccountName: "canary-wait" },
      { pipelineTaskName: "set-commit-status", serviceAccountName: "canary-finish" },
    ]);
  });

  it("leaves every task and the finally task their time", () => {
    const { pipeline: all, tasks, finally: last } = run.spec.timeouts;
    const timeout = (name: string): number =>
      minutes(
        [...pipeline.spec.tasks, ...pipeline.spec.finally].find((task) => task.name === name)?.timeout ?? "",
      );
    expect(minutes(all)).toBeGreaterThanOrEqual(minutes(tasks) + minutes(last));
    expect(minutes(tasks)).toBeGreaterThanOrEqual(timeout("create-experiment") + timeout("wait-and-cleanup"));
    expect(minutes(last)).toBeGreaterThanOrEqual(timeout("set-commit-status"));
  });
});

describe("the settings", () => {
  const { replacements } = document<{
    replacements: readonly {
      readonly source: { readonly fieldPath: string };
      readonly targets: readonly {
        readonly select: { readonly kind: string };
        readonly fieldPaths: readonly string[];
        readonly options?: { readonly delimiter: string; readonly index: number };
      }[];
    }[];
  }>("triggers/kustomization.yaml");

  it("are each replaced somewhere", () => {
    expect(replacements.map(({ source }) => source.fieldPath.replace("data.", ""))).toEqual(
      Object.keys(settings.data),
    );
  });

  it("are what the template and the filter say without kustomize", () => {
    const filter = String(parameter(interceptor("cel"), "filter"));
    for (const { source, targets } of replacements) {
      const value = settings.data[source.fieldPath.replace("data.", "")];
      for (const { select, fieldPaths, options } of targets) {
        if (select.kind === "TriggerTemplate") {
          const name = /^spec\.params\.\[name=\^(.+)\$\]\.default$/.exec(fieldPaths[0] ?? "")?.[1];
          expect(template.spec.params.find((param) => param.name === name)?.default, name).toBe(value);
        } else {
          expect(fieldPaths).toEqual([
            "spec.triggers.[name=^push$].interceptors.1.params.[name=^filter$].value",
          ]);
          expect(filter.split(options?.delimiter ?? "")[options?.index ?? 0]).toBe(value);
        }
      }
    }
  });
});
