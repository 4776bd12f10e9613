/** Custom objects against the CustomResourceDefinitions in the store: pruned, defaulted, checked. */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "./json.ts";
import { groupVersion } from "./resources.ts";
import { type StatusCause, StatusError, type Store } from "./store.ts";
import { prune, type Schema, toJsonSchema } from "./structural-schema.ts";

interface Definition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema?: { readonly openAPIV3Schema?: Schema };
    }[];
  };
}

/** Checks one object; returns it as the API server would store it. Throws StatusError 422. */
export type CustomCheck = (object: KubeObject, store: Store) => KubeObject;

/** Objects that no CustomResourceDefinition in the store is for pass as they are. */
export function createCustomCheck(): CustomCheck {
  const compiled = new Map<string, ValidateFunction>();

  return (object, store) => {
    if (object.kind === "CustomResourceDefinition") refuseUnstructural(object as Definition);
    const { group, version } = groupVersion(object.apiVersion);
    const definition = store
      .list<Definition>("CustomResourceDefinition")
      .find(({ spec }) => spec.group === group && spec.names.kind === object.kind);
    const schema = definition?.spec.versions.find(({ name }) => name === version)?.schema?.openAPIV3Schema;
    if (definition === undefined || schema === undefined) return object;

    const key = `${definition.metadata.uid}/${definition.metadata.resourceVersion}/${version}`;
    const validate = compiled.get(key) ?? compile(schema);
    compiled.set(key, validate);
    const { apiVersion, kind, metadata } = object;
    const stored = { ...(prune(object, schema) as KubeObject), apiVersion, kind, metadata };
    if (validate(stored)) return stored;
    throw invalid(`${kind}.${group}`, metadata.name, (validate.errors ?? []).map(cause));
  };
}

/** Kubernetes' 422: one sentence, and the causes field by field. */
export function invalid(what: string, name: string, causes: readonly StatusCause[]): StatusError {
  const sentences = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = sentences.length === 1 ? sentences[0] : `[${sentences.join(", ")}]`;
  return new StatusError(422, "Invalid", `${what} "${name}" is invalid: ${list}`, causes);
}

function compile(schema: Schema): ValidateFunction {
  return new Ajv({ allErrors: true, useDefaults: true, verbose: true, strict: false }).compile(
    toJsonSchema(schema),
  );
}

function refuseUnstructural({ metadata, spec }: Definition): void {
  for (const { name, schema } of spec.versions) {
    try {
      toJsonSchema(schema?.openAPIV3Schema);
    } catch (error) {
      const message = `version ${name}: ${error instanceof Error ? error.message : error}`;
      throw invalid("CustomResourceDefinition", metadata.name, [
        { reason: "FieldValueInvalid", field: "spec.versions", message },
      ]);
    }
  }
}

function cause({ keyword, instancePath, params, data, message }: ErrorObject): StatusCause {
  const field = fieldOf(instancePath);
  switch (keyword) {
    case "required":
      return {
        reason: "FieldValueRequired",
        field: [field, params["missingProperty"]].filter(Boolean).join("."),
        message: "Required value",
      };
    case "enum": {
      const allowed = (params["allowedValues"] as readonly unknown[])
        .map((value) => JSON.stringify(value))
        .join(", ");
      return {
        reason: "FieldValueNotSupported",
        field,
        message: `Unsupported value: ${JSON.stringify(data)}: supported values: ${allowed}`,
      };
    }
    case "type":
      return {
        reason: "FieldValueTypeInvalid",
        field,
        message: `Invalid value: ${JSON.stringify(typeName(data))}: ${field} in body must be of type ${params["type"]}: ${JSON.stringify(typeName(data))}`,
      };
    default:
      return {
        reason: "FieldValueInvalid",
        field,
        message: `Invalid value: ${JSON.stringify(data)}: ${field} in body ${message}`,
      };
  }
}

/** `/spec/criteria/0/name` as `spec.criteria[0].name`. */
function fieldOf(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : `${path}${path && "."}${part}`), "");
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (isRecord(value)) return "object";
  return Number.isInteger(value) ? "integer" : typeof value;
}
