/**
 * The Cluster port on @kubernetes/client-node. The library gives the configuration (service account or KUBECONFIG), TLS
 * and authentication; bodies stay plain JSON, since its typed models drop fields they do not know and change dates.
 */
import {
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  KubeConfig,
  PatchStrategy,
  RequestContext,
  type ResponseContext,
} from "@kubernetes/client-node";
import type { Cluster } from "../ports/cluster.ts";
import {
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
  RefusedError,
  StepError,
  UnavailableError,
} from "../ports/errors.ts";
import { KINDS, type Kind, type Kinds, type KubeObject } from "../ports/kinds.ts";

/** Who we are in managedFields. */
const FIELD_MANAGER = "tekton-canary";

export interface KubernetesOptions {
  /** Time-out of one call, in ms; default 10 s. */
  readonly timeoutMs?: number;
}

interface Call {
  readonly method: HttpMethod;
  readonly verb: "get" | "list" | "create" | "replace" | "patch" | "delete";
  readonly kind: Kind;
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: "status" | undefined;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly contentType?: string;
}

/**
 * The cluster that KUBECONFIG names, else the one this pod runs in (its token is read again every minute, as it
 * rotates). Throws RefusedError when there is neither.
 */
export function kubernetes({ timeoutMs = 10_000 }: KubernetesOptions = {}): Cluster {
  const config = new KubeConfig();
  config.loadFromDefault();
  const server = config.getCurrentCluster()?.server;
  if (server === undefined)
    throw new RefusedError("could not find a cluster: KUBECONFIG has no current context");
  const http = new IsomorphicFetchHttpLibrary();
  let dispatcher: ReturnType<RequestContext["getDispatcher"]>;

  const send = async (call: Call): Promise<unknown> => {
    try {
      const request = new RequestContext(server.replace(/\/+$/, "") + path(call), call.method);
      for (const [key, value] of Object.entries(call.query ?? {})) request.setQueryParam(key, value);
      request.setHeaderParam("Accept", "application/json");
      request.setHeaderParam("User-Agent", FIELD_MANAGER);
      if (call.body !== undefined) {
        request.setHeaderParam("Content-Type", call.contentType ?? "application/json");
        request.setBody(JSON.stringify(call.body));
      }
      await config.applySecurityAuthentication(request);
      // The library makes a new connection pool for every request; the first one serves them all.
      dispatcher ??= request.getDispatcher();
      if (dispatcher !== undefined) request.setDispatcher(dispatcher);
      request.setSignal(AbortSignal.timeout(timeoutMs));
      const response: ResponseContext = await http.send(request).toPromise();
      const text = await response.body.text();
      if (response.httpStatusCode >= 300) throw refusal(call, response.httpStatusCode, text);
      return JSON.parse(text);
    } catch (error) {
      throw error instanceof StepError
        ? error
        : new UnavailableError(`${attempt(call)}: ${networkReason(error, timeoutMs)}`);
    }
  };

  return {
    get: async <K extends Kind>(kind: K, namespace: string, name: string) => {
      try {
        return (await send({ method: HttpMethod.GET, verb: "get", kind, namespace, name })) as Kinds[K];
      } catch (error) {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      }
    },
    list: async <K extends Kind>(
      kind: K,
      namespace: string,
      labels: Readonly<Record<string, string>> = {},
    ) => {
      const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
      const query: Record<string, string> = selector.length > 0 ? { labelSelector: selector.join(",") } : {};
      const list = (await send({ method: HttpMethod.GET, verb: "list", kind, namespace, query })) as {
        readonly items: readonly KubeObject[];
      };
      // The API leaves both out of the items of a list.
      return list.items.map(
        (item) => ({ ...item, apiVersion: KINDS[kind].apiVersion, kind }) as KubeObject as Kinds[K],
      );
    },
    create: async <K extends Kind>(kind: K, object: Kinds[K], mode?: "dry-run") => {
      const { query, ...call } = write(object);
      return (await send({
        method: HttpMethod.POST,
        verb: "create",
        kind,
        ...call,
        query: { ...query, ...(mode === "dry-run" && { dryRun: "All" }) },
      })) as Kinds[K];
    },
    replace: async <K extends Kind>(kind: K, object: Kinds[K]) =>
      (await send({ method: HttpMethod.PUT, verb: "replace", kind, ...write(object) })) as Kinds[K],
    patch: async <K extends Kind>(
      kind: K,
      namespace: string,
      name: string,
      patch: object,
      subresource?: "status",
    ) =>
      (await send({
        method: HttpMethod.PATCH,
        verb: "patch",
        kind,
        namespace,
        name,
        subresource,
        query: asWriter(kind),
        body: patch,
        contentType: PatchStrategy.MergePatch,
      })) as Kinds[K],
    remove: async (kind, namespace, name, uid) => {
      const body = { apiVersion: "v1", kind: "DeleteOptions", ...(uid && { preconditions: { uid } }) };
      try {
        await send({ method: HttpMethod.DELETE, verb: "delete", kind, namespace, name, body });
      } catch (error) {
        // A conflict says that the object of that uid is gone and another one has its name.
        if (error instanceof NotFoundError || (uid && error instanceof ConflictError)) return;
        throw error;
      }
    },
  };
}

function write(object: KubeObject): Pick<Call, "namespace" | "name" | "query" | "body"> {
  const { namespace, name } = object.metadata;
  if (namespace === undefined) throw new Error(`${object.kind} ${name} has no namespace`);
  return { namespace, name, query: asWriter(object.kind), body: object };
}

/** Kinds that a manifest may hold: a misspelt field in them is refused like one by `kubectl apply`, not left out. */
const OF_MANIFESTS = ["Deployment", "Service", "ConfigMap", "HorizontalPodAutoscaler", "PodDisruptionBudget"];

function asWriter(kind: string): Readonly<Record<string, string>> {
  return { fieldManager: FIELD_MANAGER, ...(OF_MANIFESTS.includes(kind) && { fieldValidation: "Strict" }) };
}

function path({ verb, kind, namespace, name, subresource }: Call): string {
  const { apiVersion, plural } = KINDS[kind];
  const collection = `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  if (verb === "create" || name === undefined) return collection;
  return [collection, encodeURIComponent(name), ...(subresource ? [subresource] : [])].join("/");
}

function attempt({ verb, kind, namespace, name }: Call): string {
  return `could not ${verb} ${kind} ${namespace}/${name ?? "*"}`;
}

/** The one place that knows what Kubernetes' status codes mean. `body` is a Status object, or a proxy's page. */
function refusal(call: Call, code: number, body: string): StepError {
  const { reason, message } = status(body);
  const { plural, apiVersion } = KINDS[call.kind];
  const guess =
    code === 404 ? `this cluster serves no ${plural} of ${apiVersion}` : `the API answered ${code}`;
  const text = `${attempt(call)}: ${message ?? guess}`;
  switch (code) {
    case 400:
    case 405:
    case 413:
    case 415:
      return new InvalidError(text);
    case 422:
      // So it answers a patch that names the uid of an object which is gone: another one has its name.
      return message?.includes("metadata.uid: Invalid value")
        ? new ConflictError(text)
        : new InvalidError(text);
    case 401:
    case 403:
      return new RefusedError(text);
    case 404:
      return new NotFoundError(text);
    case 409:
      return reason === "AlreadyExists" ? new AlreadyExistsError(text) : new ConflictError(text);
    default:
      return new UnavailableError(text);
  }
}

function status(body: string): { readonly reason?: string; readonly message?: string } {
  try {
    const { reason, message } = JSON.parse(body);
    return { ...(typeof reason === "string" && { reason }), ...(typeof message === "string" && { message }) };
  } catch {
    return {};
  }
}

/** fetch says only "fetch failed" and hides why in the cause. */
function networkReason(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  if (error.cause instanceof Error) return error.cause.message || String(error.cause);
  // Without a cause a TypeError is about the request itself, and may show its headers.
  return error instanceof TypeError ? "the request could not be made" : error.message;
}
