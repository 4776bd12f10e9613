/**
 * The sandbox's API server: Kubernetes' REST paths over the store, for the verbs that the step programs
 * use (GET, LIST, POST, PUT, merge PATCH, DELETE).
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { type Attempt, forbidden, refusal } from "./access.ts";
import {
  authenticate,
  type Call,
  nameOf,
  objectIn,
  parseSelector,
  preconditionIn,
  readCall,
  withoutType,
} from "./api-call.ts";
import type { Faults } from "./faults.ts";
import { isBuiltIn, qualifiedName, type Target } from "./resources.ts";
import { StatusError, type Store } from "./store.ts";
import type { Caller, Tokens } from "./tokens.ts";

/** A write that somebody was given an answer to. */
export interface AnsweredWrite {
  readonly caller: Caller;
  readonly verb: Attempt["verb"];
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The HTTP status; below 300 the write was done. */
  readonly code: number;
}

export interface ApiOptions {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly faults?: Faults;
  /** Called as soon as the answer to a write has been handed to the network. */
  readonly onWrite?: (write: AnsweredWrite) => void;
}

/**
 * `away`: connections are cut without an answer, as if nobody was there, and nothing is done that was not done before;
 * `starting`: it answers, and refuses everybody, since it has not read its roles yet; `up`: all is well.
 */
export type ApiState = "up" | "away" | "starting";

export interface Api {
  readonly url: string;
  become(state: ApiState): void;
  close(): Promise<void>;
}

interface Answer {
  readonly code: number;
  readonly body: object;
}

/** Serves the store on a free port of 127.0.0.1. */
export async function serveApi({ store, tokens, faults, onWrite }: ApiOptions): Promise<Api> {
  let state: ApiState = "up";
  const server = createServer(async (request, response) => {
    let call: Call | undefined;
    let answer: Answer;
    try {
      const caller = authenticate(request, tokens);
      const fault = faults?.next();
      if (fault !== undefined) throw injected(fault);
      call = await readCall(request, caller);
      if (state === "away") return void request.socket.destroy();
      const { account } = caller;
      const denied =
        state === "starting" ? forbidden(account, call.attempt) : refusal(store, account, call.attempt);
      if (denied !== undefined) throw new StatusError(403, "Forbidden", denied);
      answer = perform(store, call);
    } catch (error) {
      answer = failure(error, call?.target);
    }
    send(response, answer, () => {
      if (call === undefined || call.dryRun || call.attempt.verb === "get" || call.attempt.verb === "list")
        return;
      const { caller, target, attempt } = call;
      onWrite?.({
        caller,
        verb: attempt.verb,
        kind: target.resource.kind,
        namespace: target.namespace ?? "",
        name: target.name ?? nameOf(call.body),
        code: answer.code,
      });
    });
  });
  server.on("connection", (socket) => {
    if (state === "away") socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    become(next) {
      state = next;
      if (state === "away") server.closeAllConnections();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function perform(store: Store, { target, attempt, query, body, manager, dryRun }: Call): Answer {
  const { resource, name = "", namespace = "", subresource } = target;
  const { kind } = resource;
  const options = { manager, ...(subresource === undefined ? {} : { subresource }) };
  switch (attempt.verb) {
    case "get": {
      const object = store.get(kind, namespace, name);
      if (object === undefined)
        throw new StatusError(404, "NotFound", `${qualifiedName(resource)} "${name}" not found`);
      return { code: 200, body: served(object, target) };
    }
    case "list":
      return { code: 200, body: list(store, target, query.get("labelSelector") ?? "") };
    case "create":
      return { code: 201, body: served(store.create(objectIn(body, target), { manager, dryRun }), target) };
    case "update":
      return { code: 200, body: served(store.replace(objectIn(body, target), options), target) };
    case "patch":
      return {
        code: 200,
        body: served(store.patch(kind, namespace, name, withoutType(body, target), options), target),
      };
    case "delete":
      store.remove(kind, namespace, name, preconditionIn(body));
      return {
        code: 200,
        body: {
          kind: "Status",
          apiVersion: "v1",
          metadata: {},
          status: "Success",
          details: { name, kind: resource.plural },
        },
      };
  }
}

function injected(status: number): StatusError {
  const reasons: Readonly<Record<number, string>> = { 429: "TooManyRequests", 503: "ServiceUnavailable" };
  return new StatusError(
    status,
    reasons[status] ?? "InternalError",
    "the sandbox was told to fail this call",
  );
}

function list(store: Store, target: Target, selector: string): object {
  const { resource, namespace, apiVersion } = target;
  const items = store.list(resource.kind, namespace, parseSelector(selector)).map((object) => {
    const { apiVersion: _version, kind: _kind, ...rest } = object;
    return isBuiltIn(resource) ? rest : served(object, target);
  });
  return { apiVersion, kind: `${resource.kind}List`, metadata: { resourceVersion: "" }, items };
}

/** The object in the version that was asked for: all versions of a group are the same but for their name. */
function served(object: KubeObject, { apiVersion }: Target): object {
  return { ...object, apiVersion };
}

/** A Status object. What is no StatusError is a bug of the sandbox, and says so. */
function failure(error: unknown, target: Target | undefined): Answer {
  const known = error instanceof StatusError;
  const code = known ? error.code : 500;
  const causes = known && error.causes.length > 0 ? { causes: error.causes } : {};
  const object =
    target === undefined
      ? {}
      : { name: target.name, group: target.resource.group || undefined, kind: target.resource.plural };
  const body = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: known ? error.message : `the sandbox failed: ${error instanceof Error ? error.stack : error}`,
    reason: known ? error.reason : "InternalError",
    details: { ...object, ...causes },
    code,
  };
  return { code, body };
}

function send(response: ServerResponse, { code, body }: Answer, done: () => void): void {
  const content = Buffer.from(JSON.stringify(body));
  response.on("finish", done);
  response.writeHead(code, { "content-type": "application/json", "content-length": content.length });
  response.end(content);
}
