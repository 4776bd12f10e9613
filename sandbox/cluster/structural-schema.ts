/**
 * Structural schemas of CustomResourceDefinitions (OpenAPI v3 as Kubernetes restricts it): made into JSON Schema, and
 * used to prune. Keywords that our own CRD has no use for are refused.
 */
import { isRecord } from "./json.ts";

export type Schema = Readonly<Record<string, unknown>>;

const KEPT = new Set([
  "type",
  "nullable",
  "enum",
  "default",
  "required",
  "pattern",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
]);
const IGNORED = new Set([
  "description",
  "title",
  "format",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
]);
const OPEN = "x-kubernetes-preserve-unknown-fields";
const INT_OR_STRING = "x-kubernetes-int-or-string";

/** The same schema for ajv. Throws an Error that names the place where the schema is not structural. */
export function toJsonSchema(schema: unknown, path = "openAPIV3Schema"): Schema {
  if (!isRecord(schema)) throw new Error(`${path}: must be an object`);
  if (typeof schema["type"] !== "string" && schema[OPEN] !== true && schema[INT_OR_STRING] !== true)
    throw new Error(`${path}.type: Required value: must not be empty for specified object fields`);
  if (schema["properties"] !== undefined && schema["additionalProperties"] !== undefined)
    throw new Error(`${path}.additionalProperties: Forbidden: must not be used together with properties`);
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (KEPT.has(key)) return [[key, value]];
    if (IGNORED.has(key) || key === OPEN) return [];
    switch (key) {
      case "properties": {
        if (!isRecord(value)) throw new Error(`${path}.properties: must be an object`);
        const properties = Object.entries(value).map(([name, field]) => [
          name,
          toJsonSchema(field, `${path}.properties[${name}]`),
        ]);
        return [[key, Object.fromEntries(properties)]];
      }
      case "items":
      case "additionalProperties":
        return [[key, value === true ? true : toJsonSchema(value, `${path}.${key}`)]];
      case INT_OR_STRING:
        return [["type", ["integer", "string"]]];
      default:
        throw new Error(`${path}.${key}: the sandbox does not know this keyword`);
    }
  });
  return Object.fromEntries(entries);
}

/** Without the fields that the schema does not name. */
export function prune(value: unknown, schema: Schema | undefined): unknown {
  if (schema === undefined) return value;
  const { properties, additionalProperties, items } = schema;
  if (Array.isArray(value)) return isRecord(items) ? value.map((item) => prune(item, items)) : value;
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).flatMap(([key, field]): [string, unknown][] => {
    const own = isRecord(properties) ? properties[key] : undefined;
    const known = isRecord(own) ? own : additionalProperties;
    if (isRecord(known)) return [[key, prune(field, known)]];
    return known === true || schema[OPEN] === true ? [[key, field]] : [];
  });
  return Object.fromEntries(entries);
}
