/** The `cel` interceptor: a filter over body, headers and extensions, and overlays that become extensions. */
import { Environment } from "@marcbachmann/cel-js";
import { isRecord } from "../cluster/json.ts";
import { canonicalName, type Decision, type WebhookEvent } from "./event.ts";
import type { CelParams } from "./manifest.ts";

/** Functions that Tekton adds to CEL, and `replace`, which the evaluator lacks. What is not here is an error. */
const environment = new Environment({ homogeneousAggregateLiterals: false })
  .registerVariable("body", "map<string, dyn>")
  .registerVariable("header", "map<string, dyn>")
  .registerVariable("extensions", "map<string, dyn>")
  .registerVariable("requestURL", "string")
  .registerFunction(
    "map.match(string, string): bool",
    (headers: Headers, key: string, value: string) => first(headers, key) === value,
  )
  .registerFunction("map.canonical(string): string", (headers: Headers, key: string) => first(headers, key))
  .registerFunction("string.truncate(int): string", (text: string, length: bigint) =>
    text.slice(0, Number(length)),
  )
  .registerFunction("string.replace(string, string): string", (text: string, old: string, by: string) =>
    text.replaceAll(old, () => by),
  )
  .registerFunction("list.first(): dyn", (list: readonly unknown[]) => list[0] ?? null)
  .registerFunction("list.last(): dyn", (list: readonly unknown[]) => list.at(-1) ?? null);

type Headers = Readonly<Record<string, readonly string[]>>;

/** Evaluates the filter and, when it is true, the overlays. */
export function intercept(event: WebhookEvent, { filter, overlays }: CelParams): Decision {
  const context = {
    body: event.body,
    header: Object.fromEntries(event.headers),
    extensions: event.extensions,
    requestURL: "/",
  };
  try {
    if (filter !== undefined && environment.evaluate(filter, context) !== true)
      return { kind: "filtered", why: `expression ${filter} did not return true` };
    const added = overlays.map(
      ({ key, expression }) => [key, plain(environment.evaluate(expression, context))] as const,
    );
    return { kind: "continue", extensions: Object.fromEntries(added) };
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { kind: "rejected", why: `error evaluating cel expression: ${why}` };
  }
}

function first(headers: Headers, key: string): string {
  return headers[canonicalName(key)]?.[0] ?? "";
}

/** CEL's integers are bigints; JSON has doubles only. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  return value;
}
