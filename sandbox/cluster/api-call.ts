/** One HTTP request as a call of the API. Whatever the sandbox does not know is refused with a Status that names it. */
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Attempt } from "./access.ts";
import { isRecord } from "./json.ts";
import { parsePath, type Target } from "./resources.ts";
import { StatusError } from "./store.ts";
import type { Caller, Tokens } from "./tokens.ts";

/** A request that is understood, but not yet allowed. */
export interface Call {
  readonly target: Target;
  readonly attempt: Attempt;
  readonly caller: Caller;
  readonly manager: string;
  /** Says what it would do, and does nothing. */
  readonly dryRun: boolean;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** Field validation is always strict here, as far as the sandbox knows the fields. */
const QUERIES = ["dryRun", "fieldManager", "fieldValidation", "labelSelector"];

/** Who calls. Throws StatusError 401. */
export function authenticate(request: IncomingMessage, tokens: Tokens): Caller {
  const caller = tokens.caller(/^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
  if (caller === undefined) throw new StatusError(401, "Unauthorized", "Unauthorized");
  return caller;
}

/** What is called. Throws StatusError 4xx or 501. */
export async function readCall(request: IncomingMessage, caller: Caller): Promise<Call> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://sandbox");
  const target = parsePath(pathname);
  if (target === undefined)
    throw new StatusError(404, "NotFound", `the server could not find the requested resource: ${pathname}`);
  for (const key of query.keys())
    if (!QUERIES.includes(key)) throw unsupported(`the query ${key}=${query.get(key)} of ${pathname}`);
  const verb = verbOf(request, target);
  const dryRun = query.get("dryRun");
  if (dryRun !== null && (verb !== "create" || dryRun !== "All"))
    throw unsupported(`the query dryRun=${dryRun} of ${request.method} ${pathname}`);
  const content = await text(request);
  const { resource, namespace, name, subresource } = target;
  return {
    target,
    attempt: { verb, group: resource.group, plural: resource.plural, subresource, namespace, name },
    caller,
    manager:
      query.get("fieldManager") ?? (request.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown",
    dryRun: dryRun !== null,
    query,
    body: content === "" ? undefined : parse(content),
  };
}

function verbOf({ method, headers }: IncomingMessage, { name, namespace }: Target): Attempt["verb"] {
  const type = (headers["content-type"] ?? "application/json").split(";")[0];
  const expected = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  if (method !== "GET" && type !== expected)
    throw new StatusError(
      415,
      "UnsupportedMediaType",
      `the sandbox takes ${method} as ${expected} only, not ${type}`,
    );
  if (name === undefined && method === "GET") return "list";
  if (name === undefined && method === "POST" && namespace !== undefined) return "create";
  if (name !== undefined && method === "GET") return "get";
  if (name !== undefined && method === "PUT") return "update";
  if (name !== undefined && method === "PATCH") return "patch";
  if (name !== undefined && method === "DELETE") return "delete";
  throw new StatusError(405, "MethodNotAllowed", `the sandbox does not serve ${method} on this path`);
}

/** An equality selector as it stands in a query. */
export function parseSelector(selector: string): Readonly<Record<string, string>> {
  if (selector === "") return {};
  const pairs = selector.split(",").map((term): [string, string] => {
    const [, key, value] = /^([\w./-]+)={1,2}([\w.-]*)$/.exec(term) ?? [];
    if (key === undefined || value === undefined)
      throw unsupported(`the label selector ${selector} (only key=value is there)`);
    return [key, value];
  });
  return Object.fromEntries(pairs);
}

/** The body of a POST or PUT, which must fit the path. */
export function objectIn(body: unknown, target: Target): KubeObject {
  const { resource, apiVersion, namespace, name } = target;
  if (!isRecord(body) || !isRecord(body["metadata"]))
    throw new StatusError(400, "BadRequest", "the body must be a Kubernetes object with metadata");
  if (body["kind"] !== resource.kind || body["apiVersion"] !== apiVersion)
    throw new StatusError(
      400,
      "BadRequest",
      `the body is ${body["apiVersion"]} ${body["kind"]}, the path is for ${apiVersion} ${resource.kind}`,
    );
  const metadata = { namespace, ...body["metadata"] };
  if (metadata.namespace !== namespace)
    throw new StatusError(
      400,
      "BadRequest",
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  if (name !== undefined && nameOf(body) !== name)
    throw new StatusError(
      400,
      "BadRequest",
      `the name of the object (${nameOf(body)}) does not match the name on the URL (${name})`,
    );
  return { ...body, metadata } as unknown as KubeObject;
}

/** A patch may repeat kind and apiVersion, but not change them. */
export function withoutType(patch: unknown, { resource, apiVersion }: Target): object {
  if (!isRecord(patch)) throw new StatusError(400, "BadRequest", "a merge patch must be a JSON object");
  const { kind = resource.kind, apiVersion: version = apiVersion, ...rest } = patch;
  if (kind !== resource.kind || version !== apiVersion)
    throw new StatusError(
      400,
      "BadRequest",
      `a patch cannot turn ${apiVersion} ${resource.kind} into ${version} ${kind}`,
    );
  return rest;
}

/** The uid that a DELETE insists on. */
export function preconditionIn(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  if (!isRecord(body)) throw new StatusError(400, "BadRequest", "DeleteOptions must be a JSON object");
  const {
    kind: _kind,
    apiVersion: _version,
    preconditions = {},
    propagationPolicy = "Background",
    ...rest
  } = body;
  const { uid, ...others } = isRecord(preconditions) ? preconditions : { preconditions };
  const unknown = [...Object.keys(rest), ...Object.keys(others)];
  if (unknown.length > 0) throw unsupported(`the delete option ${unknown.join(", ")}`);
  if (propagationPolicy !== "Background") throw unsupported(`propagationPolicy ${propagationPolicy}`);
  return typeof uid === "string" ? uid : undefined;
}

function unsupported(what: string): StatusError {
  return new StatusError(501, "NotImplemented", `the sandbox does not know ${what}`);
}

/** The name in a body; empty when there is none. */
export function nameOf(body: unknown): string {
  const name = isRecord(body) && isRecord(body["metadata"]) ? body["metadata"]["name"] : undefined;
  return typeof name === "string" ? name : "";
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new StatusError(400, "BadRequest", "the body is not JSON");
  }
}
