/** The part of Tekton Triggers' v1beta1 API that the sandbox knows, as strict schemas: other fields are refused by name. */
import * as z from "zod";
import { specParser } from "../cluster/spec-parser.ts";

const name = z.string().min(1);

const githubParams = z.strictObject({
  secretRef: z.strictObject({ secretName: name, secretKey: name }).optional(),
  eventTypes: z.array(z.string()).optional(),
});
const celParams = z.strictObject({
  filter: z.string().optional(),
  overlays: z.array(z.strictObject({ key: name, expression: name })).default([]),
});

const interceptor = z
  .strictObject({
    name: z.string().optional(),
    ref: z.strictObject({
      name: z.enum(["github", "cel"]),
      kind: z.literal("ClusterInterceptor").optional(),
    }),
    params: z.array(z.strictObject({ name, value: z.unknown() })).default([]),
  })
  .transform(({ ref, params }, context) => {
    const values = Object.fromEntries(params.map((param) => [param.name, param.value]));
    const parsed =
      ref.name === "github"
        ? { kind: ref.name, result: githubParams.safeParse(values) }
        : { kind: ref.name, result: celParams.safeParse(values) };
    for (const { message, path } of parsed.result.error?.issues ?? [])
      context.addIssue({ code: "custom", message, path: ["params", ...path] });
    if (parsed.kind === "github" && parsed.result.success)
      return { kind: parsed.kind, params: parsed.result.data } as const;
    if (parsed.kind === "cel" && parsed.result.success)
      return { kind: parsed.kind, params: parsed.result.data } as const;
    return z.NEVER;
  });

const bindingParam = z.strictObject({ name, value: z.string() });

const eventListener = z.strictObject({
  serviceAccountName: name,
  // How the listener's pod and Service look means nothing here.
  resources: z.unknown().optional(),
  triggers: z
    .array(
      z.strictObject({
        name,
        interceptors: z.array(interceptor).default([]),
        bindings: z
          .array(
            z.union([
              bindingParam,
              z.strictObject({ ref: name, kind: z.literal("TriggerBinding").optional() }),
            ]),
          )
          .default([]),
        template: z.strictObject({ ref: name }),
      }),
    )
    .min(1),
});

const triggerBinding = z.strictObject({ params: z.array(bindingParam) });

const triggerTemplate = z.strictObject({
  params: z
    .array(
      z.strictObject({
        name,
        description: z.string().optional(),
        default: z.string().optional(),
      }),
    )
    .default([]),
  resourcetemplates: z
    .array(z.looseObject({ apiVersion: name, kind: z.literal("PipelineRun"), metadata: z.looseObject({}) }))
    .min(1),
});

export type ListenerSpec = z.output<typeof eventListener>;
export type Trigger = ListenerSpec["triggers"][number];
export type Interceptor = Trigger["interceptors"][number];
export type GithubParams = z.output<typeof githubParams>;
export type CelParams = z.output<typeof celParams>;
export type BindingParam = z.output<typeof bindingParam>;
export type TemplateSpec = z.output<typeof triggerTemplate>;

/** The spec of an EventListener. Throws on anything the sandbox does not know, naming the field; so do the others. */
export const parseEventListener = specParser(eventListener);
export const parseTriggerBinding = specParser(triggerBinding);
export const parseTriggerTemplate = specParser(triggerTemplate);
