/** Names, labels and annotations of route objects: Iter8's, so that its users and scripts find them, and ours. */
import { ANNOTATION, LABEL } from "../experiment/names.ts";
import type { KubeObject, ObjectMeta } from "../ports/kinds.ts";
import { fullHost } from "./hosts.ts";
import type { RouteTarget } from "./route.ts";

/** The Experiment that route objects are labelled with. */
export interface Owner {
  readonly name: string;
  readonly namespace: string;
}

const HOST = "iter8-tools/host";
const ROLE = "iter8-tools/role";
const EXPERIMENT = "iter8-tools/experiment";
const INIT = "iter8-tools/init";
const MAX_LABEL = 63;

/** The name of what we create, as Iter8 v0.2 names it. */
export function routeName({ service, namespace }: RouteTarget): string {
  return `${fullHost(service, namespace)}.iter8-experiment`;
}

/** Whether we created the object. */
export function isCreated(object: KubeObject, target: RouteTarget): boolean {
  return object.metadata.labels?.[LABEL.service] === target.service;
}

/** Whether the object was made by us or by Iter8 (v0.1 or v0.2) for the target. */
export function isGenerated(object: KubeObject, target: RouteTarget): boolean {
  const { service, namespace, hosts } = target;
  const names = [routeName(target), `${service}.${namespace}.iter8-experiment`];
  const labels = [fullHost(service, namespace), service, ...hosts.slice(0, 1).map(({ name }) => name)].map(
    labelValue,
  );
  const host = object.metadata.labels?.[HOST];
  return (
    isCreated(object, target) ||
    names.includes(object.metadata.name) ||
    (host !== undefined && labels.includes(host))
  );
}

/** The experiment of a running Iter8 that holds the object; undefined when it is at rest or in our hands. */
export function iter8Holder(object: KubeObject, target: RouteTarget): string | undefined {
  const { labels, annotations } = object.metadata;
  const role = labels?.[ROLE];
  if (role === undefined || role === "stable") return undefined;
  if (isCreated(object, target) || annotations?.[ANNOTATION.before] !== undefined) return undefined;
  return labels?.[EXPERIMENT] ?? "of an unknown name";
}

/** Metadata of an object that we create for `owner`. */
export function createdMetadata(target: RouteTarget, owner: Owner): ObjectMeta {
  return {
    name: routeName(target),
    namespace: target.namespace,
    labels: {
      [LABEL.service]: target.service,
      [HOST]: labelValue(fullHost(target.service, target.namespace)),
      [INIT]: "True",
      ...progressing(owner),
    },
  };
}

/** The labels of an object with `owner`'s experiment going on; a user's own object gets none. */
export function markProgressing<T extends KubeObject>(object: T, owner: Owner): T {
  if (object.metadata.labels?.[HOST] === undefined) return object;
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...progressing(owner) } },
  };
}

/** The labels of an object between experiments. */
export function markStable<T extends KubeObject>(object: T): T {
  const { labels } = object.metadata;
  if (labels?.[HOST] === undefined) return object;
  const { [EXPERIMENT]: _experiment, [INIT]: _init, ...rest } = labels;
  return { ...object, metadata: { ...object.metadata, labels: { ...rest, [ROLE]: "stable" } } };
}

/** The names of the subsets that we added to a DestinationRule. */
export function addedSubsets(object: KubeObject | undefined): readonly string[] {
  return (jsonAnnotation(object, ANNOTATION.subsets) as readonly string[] | undefined) ?? [];
}

export function withAddedSubsets<T extends KubeObject>(object: T, names: readonly string[]): T {
  return withAnnotation(
    object,
    ANNOTATION.subsets,
    names.length === 0 ? undefined : [...new Set(names)].sort(),
  );
}

/** An annotation that we wrote as JSON; undefined when it is missing or somebody spoiled it. */
export function jsonAnnotation(object: KubeObject | undefined, name: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(object?.metadata.annotations?.[name] ?? "null");
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Sets the annotation to JSON, or takes it away; annotations that we emptied go too. */
export function withAnnotation<T extends KubeObject>(object: T, name: string, value: unknown): T {
  const { annotations, ...metadata } = object.metadata;
  if (value === undefined && annotations?.[name] === undefined) return object;
  const { [name]: _old, ...others } = annotations ?? {};
  const next = value === undefined ? others : { ...others, [name]: JSON.stringify(value) };
  const kept = Object.keys(next).length === 0 ? metadata : { ...metadata, annotations: next };
  return { ...object, metadata: kept };
}

function progressing(owner: Owner): Readonly<Record<string, string>> {
  return { [ROLE]: "progressing", [EXPERIMENT]: labelValue(`${owner.name}.${owner.namespace}`) };
}

/** Label values end after 63 characters, with a letter or a digit. */
function labelValue(text: string): string {
  return text.slice(0, MAX_LABEL).replace(/[^A-Za-z0-9]+$/, "");
}
