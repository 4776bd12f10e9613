/**
 * The part of Tekton's v1 API that the sandbox runs, as strict schemas: a field that is not here is refused by name,
 * because a field that is silently ignored would make the sandbox lie.
 */
import * as z from "zod";
import { parseDuration } from "../../steps/lib/experiment/duration.ts";
import { specParser } from "../cluster/spec-parser.ts";

const anything = z.unknown();
const name = z.string().min(1);

/** A Go duration, in ms; 0 means none. */
const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: `must be a duration, not ${JSON.stringify(text)}` });
  return z.NEVER;
});

/** What only people read. */
const words = { description: z.string().optional(), displayName: z.string().optional() };

/** A declared param or result. */
const declaration = {
  name,
  type: z.literal("string").optional(),
  description: z.string().optional(),
};
const paramSpec = z.strictObject({ ...declaration, default: z.string().optional() });
const param = z.strictObject({ name, value: z.string() });

const keyToPath = z.strictObject({ key: name, path: name });
const projection = {
  optional: z.boolean().optional(),
  items: z.array(keyToPath).optional(),
  defaultMode: z.number().optional(),
};
const volumeSource = {
  emptyDir: z.strictObject({ sizeLimit: anything.optional(), medium: z.string().optional() }).optional(),
  secret: z.strictObject({ secretName: name, ...projection }).optional(),
  configMap: z.strictObject({ name, ...projection }).optional(),
};
const volume = z.strictObject({ name, ...volumeSource });
const workspaceBinding = z.strictObject({ name, ...volumeSource });
const workspace = {
  name,
  description: z.string().optional(),
  optional: z.boolean().default(false),
};

const env = z.union([
  z.strictObject({ name, value: z.string() }),
  z.strictObject({
    name,
    valueFrom: z.strictObject({ fieldRef: z.strictObject({ fieldPath: z.literal("metadata.name") }) }),
  }),
]);
const volumeMount = z.strictObject({ name, mountPath: name, readOnly: z.boolean().optional() });

/** What has no meaning without containers is accepted and unused. */
const container = {
  imagePullPolicy: anything.optional(),
  computeResources: anything.optional(),
  securityContext: anything.optional(),
  env: z.array(env).default([]),
  volumeMounts: z.array(volumeMount).default([]),
};

const step = z.strictObject({
  name,
  displayName: z.string().optional(),
  image: name,
  command: z.array(z.string()).min(1),
  args: z.array(z.string()).default([]),
  onError: z.enum(["continue", "stopAndFail"]).default("stopAndFail"),
  timeout: duration.optional(),
  ...container,
});

const taskSpec = z.strictObject({
  ...words,
  params: z.array(paramSpec).default([]),
  results: z.array(z.strictObject(declaration)).default([]),
  workspaces: z
    .array(
      z.strictObject({
        ...workspace,
        mountPath: name.optional(),
        readOnly: z.boolean().optional(),
      }),
    )
    .default([]),
  volumes: z.array(volume).default([]),
  stepTemplate: z.strictObject(container).optional(),
  steps: z.array(step).min(1),
});

const pipelineTask = z.strictObject({
  name,
  ...words,
  taskRef: z.strictObject({
    name,
    kind: z.literal("Task").optional(),
    apiVersion: z.string().optional(),
  }),
  params: z.array(param).default([]),
  runAfter: z.array(name).default([]),
  when: z
    .array(
      z.strictObject({
        input: z.string(),
        operator: z.enum(["in", "notin"]),
        values: z.array(z.string()).min(1),
      }),
    )
    .default([]),
  timeout: duration.optional(),
  retries: z.literal(0).optional(),
  workspaces: z.array(z.strictObject({ name, workspace: name.optional() })).default([]),
});

const pipelineSpec = z.strictObject({
  ...words,
  params: z.array(paramSpec).default([]),
  workspaces: z.array(z.strictObject(workspace)).default([]),
  tasks: z.array(pipelineTask).min(1),
  finally: z.array(pipelineTask).default([]),
  results: z.array(z.strictObject({ ...declaration, value: z.string() })).default([]),
});

const pipelineRunSpec = z.strictObject({
  pipelineRef: z.strictObject({ name, apiVersion: z.string().optional() }).optional(),
  pipelineSpec: pipelineSpec.optional(),
  params: z.array(param).default([]),
  status: z.enum(["Cancelled", "CancelledRunFinally", "StoppedRunFinally"]).optional(),
  timeouts: z
    .strictObject({
      pipeline: duration.optional(),
      tasks: duration.optional(),
      finally: duration.optional(),
    })
    .default({}),
  taskRunTemplate: z
    .strictObject({
      serviceAccountName: name.optional(),
      podTemplate: z.strictObject({ securityContext: anything.optional() }).optional(),
    })
    .default({}),
  taskRunSpecs: z
    .array(
      z.strictObject({
        pipelineTaskName: name,
        serviceAccountName: name.optional(),
        timeout: duration.optional(),
      }),
    )
    .default([]),
  workspaces: z.array(workspaceBinding).default([]),
});

const taskRunSpec = z.strictObject({
  taskRef: z.strictObject({ name, kind: z.literal("Task").optional() }),
  params: z.array(param).default([]),
  serviceAccountName: name.default("default"),
  timeout: duration.default(3_600_000),
  workspaces: z.array(workspaceBinding).default([]),
  status: z.literal("TaskRunCancelled").optional(),
  statusMessage: z.string().optional(),
});

export type TaskSpec = z.output<typeof taskSpec>;
export type Step = TaskSpec["steps"][number];
export type Volume = z.output<typeof volume>;
export type WorkspaceBinding = z.output<typeof workspaceBinding>;
export type PipelineSpec = z.output<typeof pipelineSpec>;
export type PipelineTask = PipelineSpec["tasks"][number];
export type WhenExpression = PipelineTask["when"][number];
export type PipelineRunSpec = z.output<typeof pipelineRunSpec>;
export type TaskRunSpec = z.output<typeof taskRunSpec>;

/** The spec of a Task. Throws on anything the sandbox does not run, naming the field; so do the others. */
export const parseTask = specParser(taskSpec);
export const parsePipeline = specParser(pipelineSpec);
export const parsePipelineRun = specParser(pipelineRunSpec);
export const parseTaskRun = specParser(taskRunSpec);
