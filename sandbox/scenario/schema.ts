/** scenario/v1: one file describes a world, what happens in it, and what must come of it. */
import * as z from "zod";
import { OUTCOME_REASONS, OUTCOME_WORDS } from "../../steps/lib/experiment/outcome.ts";
import { duration, exactlyOne, fields, flag, number, percent, string, text, whole, word } from "./fields.ts";

export const STEP_PROGRAMS = [
  "create-experiment",
  "generate-load",
  "apply-candidate",
  "wait-and-cleanup",
  "set-commit-status",
] as const;

/** Params are strings in Tekton; a number or a flag without quotes is what people write. */
const params = z.record(
  text,
  z
    .union([string, z.number(), z.boolean()], { error: "must be text, a number, true or false" })
    .transform(String),
);

const latency = z.union([
  duration.transform((ms) => ({ p50: ms, p99: ms })),
  fields({ p50: duration, p99: duration }),
]);

/** What may also change while a container runs. */
const conduct = {
  latency: latency.optional(),
  errors: percent.optional(),
  crash: flag.optional(),
  hang: flag.optional(),
  overload: fields({ above: number(0), errors: percent }).optional(),
};

const image = fields({
  ...conduct,
  "ready-after": duration.optional(),
  pull: flag.optional(),
  // biome-ignore lint/suspicious/noThenProperty: the field's name in scenario/v1; nothing awaits a schema.
  then: fields({ after: duration, ...conduct }).optional(),
});

const traffic = fields({ rate: number(0), through: text.optional(), keepalive: flag.optional() });

const kindAndName = string.regex(/^[A-Z]\w*\/[a-z0-9][-.a-z0-9]*$/, "must look like Deployment/web");

const expectation = fields({
  runs: whole.optional(),
  outcome: word(OUTCOME_WORDS).optional(),
  reason: word(OUTCOME_REASONS).optional(),
  status: word(["success", "failure", "error"]).optional(),
  weights: z.array(percent, { error: "must be a list of weights in percent" }).optional(),
  serving: text.optional(),
  gone: z.array(kindAndName, { error: "must be a list of Kind/name" }).optional(),
  present: z.array(kindAndName, { error: "must be a list of Kind/name" }).optional(),
  "errors-at-most": whole.optional(),
  "candidate-requests": fields({ "at-least": whole.optional(), "at-most": whole.optional() }).optional(),
  message: text.optional(),
  within: duration.optional(),
  "settled-within": duration.optional(),
});

const files = z.record(text, string, { error: "must be a mapping from path to text" });

const push = { files, message: text.default("change") };

const MOMENTS = ["after", "weight", "write"] as const;
const moment = fields({ after: duration.optional(), weight: percent.optional(), write: whole.optional() });
const oneMoment = exactlyOne(MOMENTS);

const ACTS = [
  "kill",
  "terminate",
  "evict",
  "cancel",
  "metrics",
  "outage",
  "restart",
  "github",
  "api",
  "weights",
  "action",
  "delete",
  "scale",
  "push",
] as const;
const act = fields({
  kill: word(STEP_PROGRAMS).optional(),
  terminate: word(STEP_PROGRAMS).optional(),
  evict: word(STEP_PROGRAMS).optional(),
  cancel: word(["hard", "finally", "stop"]).optional(),
  metrics: word(["down", "up", "stale"]).optional(),
  outage: fields({ of: word(["api", "mesh", "metrics"]), for: duration }).optional(),
  restart: word(["gateway"]).optional(),
  github: word(["down", "up", "wrong-token"]).optional(),
  api: fields({ status: whole, share: number(0, 1) }).optional(),
  weights: z.record(text, whole, { error: "must be a mapping from Deployment to weight" }).optional(),
  action: word(["pause", "resume", "override_success", "override_failure"]).optional(),
  delete: fields({ kind: text, name: text }).optional(),
  scale: fields({ name: text, replicas: whole }).optional(),
  push: fields({ ...push, expect: expectation.optional() }).optional(),
});
const oneAct = exactlyOne(ACTS);

const event = fields({
  when: moment.refine(oneMoment.test, oneMoment.options),
  do: act.refine(oneAct.test, oneAct.options),
});

const WAYS = ["push", "rerun", "webhook", "wait"] as const;
const step = fields({
  push: fields({ ...push, background: flag.optional() }).optional(),
  rerun: word(["last"]).optional(),
  webhook: fields({
    signature: word(["bad", "none"]).optional(),
    redeliver: word(["last"]).optional(),
    padding: whole.optional(),
    body: z.record(text, z.unknown(), { error: "must be a mapping" }).optional(),
  }).optional(),
  wait: duration.optional(),
  background: flag.optional(),
  events: z.array(event, { error: "must be a list of {when, do}" }).default([]),
  expect: expectation.default({}),
});
const oneWay = exactlyOne(WAYS);

const object = z.looseObject(
  {
    apiVersion: text,
    kind: text,
    metadata: z.looseObject({ name: text }, { error: "must be a mapping with a name" }),
  },
  { error: "must be a Kubernetes object" },
);

const service = fields({
  service: text,
  namespace: text.optional(),
  params: params.optional(),
  traffic: traffic.optional(),
  "manifest-path": text.optional(),
});

const SUBJECTS = ["service", "services"] as const;
const oneSubject = exactlyOne(SUBJECTS);

export const scenario = fields({
  apiVersion: word(["scenario/v1"]),
  name: string.regex(/^[a-z0-9][-a-z0-9]*$/, "must consist of a-z, 0-9 and -"),
  description: string.default(""),
  service: text.optional(),
  namespace: text.optional(),
  services: z.array(service).min(1, "must name at least one service").optional(),
  params: params.default({}),
  images: z.record(text, image, { error: "must be a mapping from image to behaviour" }).default({}),
  cluster: z.array(object, { error: "must be a list of Kubernetes objects" }).default([]),
  traffic: traffic.optional(),
  scrape: duration.refine((ms) => ms >= 100, "must be at least 100ms").optional(),
  repository: files.default({}),
  steps: z.array(step.refine(oneWay.test, oneWay.options), { error: "must be a list of steps" }).min(1),
}).refine(oneSubject.test, oneSubject.options);

export type ScenarioFile = z.output<typeof scenario>;
export type ScenarioStep = ScenarioFile["steps"][number];
export type ScenarioEvent = ScenarioStep["events"][number];
export type Act = ScenarioEvent["do"];
export type Expectation = ScenarioStep["expect"];
export type ImageBehaviour = ScenarioFile["images"][string];

/** One service that is released, with everything that the file says about it. */
export interface Subject {
  readonly service: string;
  readonly namespace: string;
  readonly params: Readonly<Record<string, string>>;
  readonly traffic: ScenarioFile["traffic"];
  readonly manifestPath: string | undefined;
}

/** Params that the runner sets itself, so a file must not. */
export const RUNNER_PARAMS = [
  "service",
  "namespace",
  "repository",
  "prometheus-url",
  "github-api-url",
] as const;

/** The services of a scenario; what is said once at the top holds for each. */
export function subjects(file: ScenarioFile): readonly Subject[] {
  const listed = file.services ?? [{ service: file.service ?? "" }];
  return listed.map((one) => ({
    service: one.service,
    namespace: ("namespace" in one ? one.namespace : undefined) ?? file.namespace ?? "default",
    params: { ...file.params, ...("params" in one ? one.params : {}) },
    traffic: ("traffic" in one ? one.traffic : undefined) ?? file.traffic,
    manifestPath: "manifest-path" in one ? one["manifest-path"] : undefined,
  }));
}
