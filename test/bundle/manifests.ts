/** Reads the product's YAML for the tests that hold it against the code. */
import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Meta;
}

export interface Param {
  readonly name: string;
  readonly description?: string;
  readonly default?: string;
}

export interface Value {
  readonly name: string;
  readonly value: string;
}

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

export interface Step {
  readonly name: string;
  readonly displayName?: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly script?: string;
  readonly onError?: string;
  readonly env: readonly Value[];
  readonly volumeMounts?: readonly Mount[];
  readonly computeResources: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
}

export interface Task extends Manifest {
  readonly spec: {
    readonly description: string;
    readonly params: readonly Param[];
    readonly results?: readonly Param[];
    readonly workspaces?: readonly { readonly name: string; readonly optional?: boolean }[];
    readonly stepTemplate: {
      readonly env: readonly Value[];
      readonly securityContext: Readonly<Record<string, unknown>>;
      readonly volumeMounts: readonly Mount[];
    };
    readonly steps: readonly Step[];
    readonly volumes: readonly {
      readonly name: string;
      readonly emptyDir?: object;
      readonly secret?: { readonly secretName: string; readonly optional?: boolean };
    }[];
  };
}

export interface PipelineTask {
  readonly name: string;
  readonly displayName?: string;
  readonly taskRef: { readonly name: string };
  readonly timeout: string;
  readonly retries?: number;
  readonly when?: readonly {
    readonly input: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
  readonly params: readonly Value[];
  readonly workspaces?: readonly { readonly name: string; readonly workspace: string }[];
}

export interface Pipeline extends Manifest {
  readonly spec: {
    readonly description: string;
    readonly params: readonly Param[];
    readonly workspaces?: readonly { readonly name: string; readonly optional?: boolean }[];
    readonly results?: readonly (Value & { readonly description?: string })[];
    readonly tasks: readonly PipelineTask[];
    readonly finally: readonly PipelineTask[];
  };
}

/** Text of a file of the repository. */
export function text(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Names in a folder of the repository, sorted. */
export function names(folder: string): readonly string[] {
  return readdirSync(join(root, folder)).sort();
}

/** The one document of a YAML file; `T` is what the test expects it to look like. */
export function document<T = Manifest>(path: string): T {
  return parse(text(path)) as T;
}

/** All documents of a YAML file. */
export function documents<T = Manifest>(path: string): readonly T[] {
  return parseAllDocuments(text(path)).map((one) => one.toJS() as T);
}

export const taskNames = names("tasks").filter((name) => !name.includes("."));
export const tasks: readonly Task[] = taskNames.map((name) => document<Task>(`tasks/${name}/${name}.yaml`));
export const pipeline = document<Pipeline>("pipelines/canary-release/canary-release.yaml");

/** The manifest files that a kustomization takes in, through the folders that it names. */
export function kustomized(folder: string): readonly string[] {
  const { resources } = document<{ resources: readonly string[] }>(`${folder}/kustomization.yaml`);
  return resources.flatMap((resource) => {
    const path = normalize(join(folder, resource));
    return path.endsWith(".yaml") ? [path] : kustomized(path);
  });
}

/** What `$(...)` in `value` refers to, or undefined when it is not one reference and nothing else. */
export function reference(value: string): string | undefined {
  return /^\$\(([^()]+)\)$/.exec(value)?.[1];
}
