/** Bindings: `$(body.x.y)`, `$(header.X)`, `$(extensions.x)` and `$(context.eventID)` in the values of params. */
import { isRecord } from "../cluster/json.ts";
import { canonicalName, type WebhookEvent } from "./event.ts";
import type { BindingParam, TemplateSpec } from "./manifest.ts";

/**
 * The template's params by name. Values of strings are escaped as in JSON, because they are put into JSON text.
 * Throws on a path that is not in the event, unless the template's param has a default, and on a param bound twice.
 */
export function bindParams(
  bindings: readonly BindingParam[],
  declared: TemplateSpec["params"],
  event: WebhookEvent,
): Map<string, string> {
  const twice = bindings.find(
    ({ name }, index) => bindings.findIndex((each) => each.name === name) !== index,
  );
  if (twice !== undefined) throw new Error(`duplicate param name: ${twice.name}`);
  const values = new Map(
    declared.flatMap((each) => (each.default === undefined ? [] : [[each.name, each.default]])),
  );
  const data = {
    body: event.body,
    header: Object.fromEntries([...event.headers].map(([name, all]) => [name, all.join(",")])),
    extensions: event.extensions,
    context: { eventID: event.eventId },
  };
  for (const { name, value } of bindings) {
    const fallback = values.get(name);
    const filled = value.replace(/\$\(([^()]+)\)/g, (_, path: string) => {
      const found = lookUp(data, pathOf(path));
      if (found !== undefined) return asText(found);
      if (fallback !== undefined) return fallback;
      throw new Error(`failed to replace JSONPath value for param ${name}: ${value}: nothing is there`);
    });
    values.set(name, filled);
  }
  return values;
}

/** `body.commits[0].id`, with or without a leading dot or braces. */
function pathOf(text: string): string[] {
  const bare = text.replace(/^\{|\}$/g, "").replace(/^\./, "");
  if (!/^[\w-]+(\.[\w-]+|\[\d+\]|\['[^']+'\])*$/.test(bare))
    throw new Error(`the path $(${text}) is not supported by the sandbox`);
  const parts = [...bare.matchAll(/\['([^']+)'\]|\[(\d+)\]|([\w-]+)/g)].map(
    ([, quoted, index, word]) => quoted ?? index ?? word ?? "",
  );
  const [root = "", ...rest] = parts;
  return root === "header" ? [root, ...rest.map(canonicalName)] : parts;
}

function lookUp(data: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return data;
  if (Array.isArray(data)) return lookUp(data[Number(key)], rest);
  return isRecord(data) && Object.hasOwn(data, key) ? lookUp(data[key], rest) : undefined;
}

function asText(value: unknown): string {
  const json = JSON.stringify(value);
  return typeof value === "string" ? json.slice(1, -1) : json;
}
