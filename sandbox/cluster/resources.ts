/** What the API server serves, and how a path names it. */
import { KINDS } from "../../steps/lib/ports/kinds.ts";

export interface Resource {
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly versions: readonly string[];
  readonly plural: string;
}

/** What a path asks for. */
export interface Target {
  readonly resource: Resource;
  readonly apiVersion: string;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  /** Undefined: the collection. */
  readonly name: string | undefined;
  readonly subresource: "status" | undefined;
}

const ISTIO = "networking.istio.io";

export const RESOURCES: readonly Resource[] = [
  ...Object.entries(KINDS).map(([kind, { apiVersion, plural }]) => {
    const { group, version } = groupVersion(apiVersion);
    return { kind, group, versions: group === ISTIO ? ["v1alpha3", "v1beta1", "v1"] : [version], plural };
  }),
  { kind: "Secret", group: "", versions: ["v1"], plural: "secrets" },
];

/** Kinds whose status is written apart from the rest. */
export const WITH_STATUS: ReadonlySet<string> = new Set([
  "Experiment",
  "Deployment",
  "ReplicaSet",
  "Pod",
  "PipelineRun",
  "TaskRun",
]);

const PATH =
  /^\/(?:api|apis\/([^/]+))\/(v[a-z0-9]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/;

/** The object or collection behind a URL path, or undefined when nothing is served there. */
export function parsePath(path: string): Target | undefined {
  const match = PATH.exec(path);
  if (match === null) return undefined;
  const [group = "", version = "", namespace, plural, name, subresource] = match.slice(1).map(decode);
  const resource = RESOURCES.find((one) => one.group === group && one.plural === plural);
  if (resource === undefined || !resource.versions.includes(version)) return undefined;
  if (subresource !== undefined && (subresource !== "status" || !WITH_STATUS.has(resource.kind)))
    return undefined;
  if (name !== undefined && namespace === undefined) return undefined;
  return {
    resource,
    apiVersion: group === "" ? version : `${group}/${version}`,
    namespace,
    name,
    subresource,
  };
}

/** `deployments.apps`, as Kubernetes writes it in messages. */
export function qualifiedName({ plural, group }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

export function groupVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const [first = "", second] = apiVersion.split("/");
  return second === undefined ? { group: "", version: first } : { group: first, version: second };
}

/** Kinds of Kubernetes itself: a list leaves apiVersion and kind out of their items. */
export function isBuiltIn({ group }: Resource): boolean {
  return !group.includes(".") || group.endsWith(".k8s.io");
}

function decode(part: string | undefined): string | undefined {
  return part === undefined ? undefined : decodeURIComponent(part);
}
