/** The part of Istio's VirtualService and DestinationRule that the mesh understands; any other field is a problem. */
import * as z from "zod";
import { parseDuration } from "../../steps/lib/experiment/duration.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";

const destination = z.strictObject({
  host: z.string(),
  subset: z.string().optional(),
  port: z.strictObject({ number: z.number().int() }).optional(),
});

const uriMatch = z.union([z.strictObject({ exact: z.string() }), z.strictObject({ prefix: z.string() })]);

const match = z.strictObject({
  name: z.string().optional(),
  uri: uriMatch.optional(),
  headers: z.record(z.string(), z.strictObject({ exact: z.string() })).optional(),
});

const rule = z.strictObject({
  name: z.string().optional(),
  match: z.array(match).optional(),
  rewrite: z.strictObject({ uri: z.string() }).optional(),
  route: z.array(z.strictObject({ destination, weight: z.number().int().nonnegative().optional() })).min(1),
  timeout: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, "no duration such as 1.5s")
    .optional(),
  retries: z.looseObject({ attempts: z.number().int().optional() }).optional(),
  // They change what is sent, not where to.
  headers: z.unknown().optional(),
  corsPolicy: z.unknown().optional(),
});

const virtualService = z.strictObject({
  hosts: z.array(z.string()).min(1),
  gateways: z.array(z.string()).optional(),
  http: z.array(rule).min(1),
  exportTo: z.array(z.string()).optional(),
});

// TLS and the way a pod is picked don't change which version answers.
const trafficPolicy = z
  .strictObject({ tls: z.unknown().optional(), loadBalancer: z.unknown().optional() })
  .optional();

const destinationRule = z.strictObject({
  host: z.string(),
  trafficPolicy,
  subsets: z
    .array(
      z.strictObject({
        name: z.string(),
        labels: z.record(z.string(), z.string()).optional(),
        trafficPolicy,
      }),
    )
    .optional(),
  exportTo: z.array(z.string()).optional(),
});

export type RouteRule = z.infer<typeof rule>;
export type RouteMatch = z.infer<typeof match>;
export type Destination = z.infer<typeof destination>;
export type VirtualServiceSpec = z.infer<typeof virtualService>;
export type DestinationRuleSpec = z.infer<typeof destinationRule>;

/** Throws an Error that names the object and each field that the mesh does not know. */
export function readVirtualService(object: KubeObject): VirtualServiceSpec {
  return read(virtualService, object);
}

/** Throws an Error that names the object and each field that the mesh does not know. */
export function readDestinationRule(object: KubeObject): DestinationRuleSpec {
  return read(destinationRule, object);
}

function read<T>(schema: z.ZodType<T>, object: KubeObject): T {
  const parsed = schema.safeParse(object["spec"]);
  if (parsed.success) return parsed.data;
  const { namespace, name } = object.metadata;
  throw new Error(
    `the sandbox's mesh cannot follow ${object.kind} ${namespace}/${name}: ${z.prettifyError(parsed.error)}`,
  );
}
