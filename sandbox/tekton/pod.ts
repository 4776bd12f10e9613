/** From a Task and a TaskRun to the processes to start: variables, environment and paths worked out. */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Step, TaskRunSpec, TaskSpec } from "./manifest.ts";
import {
  bundlePath,
  homeFolder,
  placesOf,
  programOf,
  relocate,
  resultsFolder,
  workspaceFolder,
} from "./places.ts";
import { expand, substituteAll, type Variables } from "./substitution.ts";
import { paramVariables } from "./validation.ts";

export interface ResolvedStep {
  readonly name: string;
  /** The name of the bundle that it runs, else the step's name. */
  readonly program: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly onError: "continue" | "stopAndFail";
  readonly timeout: number | undefined;
}

export interface PodInput {
  readonly taskRun: KubeObject;
  readonly spec: TaskRunSpec;
  readonly task: TaskSpec;
  /** The folder of this TaskRun. */
  readonly root: string;
  /** The folder that stands for `/app`. */
  readonly bundles: string;
}

/** The name that Tekton gives to the pod of a TaskRun. */
export function podName(taskRun: KubeObject): string {
  return `${taskRun.metadata.name}-pod`;
}

/** `params.*`, `context.*`, `results.*.path` and `workspaces.*` of a TaskRun. */
export function taskVariables({ taskRun, spec, task, root }: PodInput): Variables {
  const { name, namespace = "", uid = "" } = taskRun.metadata;
  const context = [
    ["context.taskRun.name", name],
    ["context.taskRun.namespace", namespace],
    ["context.taskRun.uid", uid],
    ["context.task.name", spec.taskRef.name],
  ] as const;
  return new Map([
    ...context,
    ...paramVariables(task.params, spec.params, new Map(context)),
    ...task.results.map(
      (each) => [`results.${each.name}.path`, `${resultsFolder(root)}/${each.name}`] as const,
    ),
    ...task.workspaces.flatMap((each) => {
      const bound = spec.workspaces.some((binding) => binding.name === each.name);
      return [
        [`workspaces.${each.name}.bound`, String(bound)],
        [`workspaces.${each.name}.path`, bound ? workspaceFolder(root, each.name) : ""],
      ] as const;
    }),
  ]);
}

/** The steps in order. Throws on a variable that is not known and on a mount of a volume that is not there. */
export function resolveSteps(input: PodInput): ResolvedStep[] {
  const variables = taskVariables(input);
  return input.task.steps.map((step) => resolveStep(step, input, variables));
}

function resolveStep(
  step: Step,
  { task, taskRun, spec, root, bundles }: PodInput,
  variables: Variables,
): ResolvedStep {
  const template = task.stepTemplate;
  const where = `Task "${spec.taskRef.name}", step "${step.name}"`;
  const mounts = override(template?.volumeMounts ?? [], step.volumeMounts, ({ mountPath }) => mountPath).map(
    ({ name, mountPath }) => ({ name, mountPath: substituteAll(mountPath, variables, where) }),
  );
  const stray = mounts.find(({ name }) => task.volumes.every((volume) => volume.name !== name));
  if (stray !== undefined) throw new Error(`${where}: there is no volume "${stray.name}"`);
  const places = placesOf(root, task, mounts);
  const fill = (text: string) => substituteAll(relocate(text, places), variables, where);

  const environment = new Map<string, string>([
    ["HOME", homeFolder(root)],
    ["HOSTNAME", podName(taskRun)],
  ]);
  for (const each of override(template?.env ?? [], step.env, ({ name }) => name))
    environment.set(each.name, "value" in each ? expand(fill(each.value), environment) : podName(taskRun));
  const line = [...step.command, ...step.args];
  const [command = "", ...args] = line.map(
    (part) => bundlePath(part, bundles) ?? expand(fill(part), environment),
  );
  return {
    name: step.name,
    program: programOf(line) ?? step.name,
    command,
    args,
    env: Object.fromEntries(environment),
    onError: step.onError,
    timeout: step.timeout === 0 ? undefined : step.timeout,
  };
}

/** The items of both lists; one of `own` replaces the one of `template` with the same key. */
function override<T>(template: readonly T[], own: readonly T[], key: (item: T) => string): T[] {
  const names = new Set(own.map(key));
  return [...template.filter((item) => !names.has(key(item))), ...own];
}
