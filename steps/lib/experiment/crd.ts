/** The CustomResourceDefinition of Experiments, made from the schema: `config/experiment-crd.yaml` is its output. */
import { openApiSchema } from "./schema.ts";

type Node = { readonly [key: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What a structural schema may hold: no `additionalProperties` beside `properties` (unknown fields are pruned by the
 * API server; ours are refused before, when the file is read), open objects say so in Kubernetes' own words.
 */
function structural(node: Node): Node {
  if (Array.isArray(node["anyOf"])) return intOrString(node["anyOf"].filter(isNode));
  const { properties, items, additionalProperties, required, $schema, ...rest } = node;
  void $schema;
  const open = isNode(additionalProperties) && Object.keys(additionalProperties).length === 0;
  return {
    ...rest,
    ...(open && { "x-kubernetes-preserve-unknown-fields": true }),
    ...(isNode(additionalProperties) && !open && { additionalProperties: structural(additionalProperties) }),
    ...(isNode(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, child]) => [name, isNode(child) ? structural(child) : child]),
      ),
    }),
    ...(isNode(items) && { items: structural(items) }),
    ...(Array.isArray(required) && required.length > 0 && { required }),
  };
}

/** A choice of types has no structural form but this one: each keyword says nothing to values of the other type. */
function intOrString(choices: readonly Node[]): Node {
  const words = choices.flatMap(({ enum: all }) => (Array.isArray(all) ? all : []));
  const { minimum, maximum } = choices.find(({ type }) => type === "integer") ?? {};
  return {
    "x-kubernetes-int-or-string": true,
    ...(words.length > 0 && { pattern: `^(${words.join("|")})$` }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
  };
}

/** Iter8's six columns; two of them have the same name. */
const COLUMNS = [
  ["phase", ".status.phase", "string", "Pause, Progressing or Completed"],
  ["status", ".status.message", "string", "What happened last"],
  ["baseline", ".spec.targetService.baseline", "string", "Name of the baseline"],
  ["percentage", ".status.trafficSplitPercentage.baseline", "integer", "Traffic to the baseline, in percent"],
  ["candidate", ".spec.targetService.candidate", "string", "Name of the candidate"],
  [
    "percentage",
    ".status.trafficSplitPercentage.candidate",
    "integer",
    "Traffic to the candidate, in percent",
  ],
] as const;

/** The CRD as a plain object (apiextensions.k8s.io/v1). */
export function experimentCrd(): object {
  const { properties } = structural(openApiSchema() as Node) as { properties: Node };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "experiments.iter8.tools" },
    spec: {
      group: "iter8.tools",
      scope: "Namespaced",
      names: {
        kind: "Experiment",
        listKind: "ExperimentList",
        plural: "experiments",
        singular: "experiment",
      },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS.map(([name, jsonPath, type, description]) => ({
            name,
            type,
            description,
            jsonPath,
          })),
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: ["spec"],
              properties: {
                ...properties,
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: { type: "object" },
              },
            },
          },
        },
      ],
    },
  };
}
