/** The namespaces that the suite makes carry a label, and only such are ever removed. */
import type { Deployment, KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { applyObjects, type Kubectl } from "./kubectl.ts";

const OURS = "tekton-canary.dev/e2e";
const LEVEL = "pod-security.kubernetes.io/enforce";

export type Level = "baseline" | "restricted";

/** The strictest level that the Deployments fit: apps as most come need the runtime's default capabilities and root. */
export function levelFor(objects: readonly KubeObject[]): Level {
  const containers = objects
    .filter((one): one is Deployment => one.kind === "Deployment")
    .flatMap(({ spec }) => spec.template.spec.containers as readonly Container[]);
  const fits = ({ securityContext: own }: Container) => own?.runAsNonRoot === true;
  return containers.length > 0 && containers.every(fits) ? "restricted" : "baseline";
}

interface Container {
  readonly securityContext?: { readonly runAsNonRoot?: boolean };
}

export function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[OURS] !== undefined;
}

/** Without a level the cluster's own holds. */
export function namespaceObject(name: string, level: Level | undefined): object {
  const labels = { [OURS]: "true", ...(level === undefined ? {} : { [LEVEL]: level }) };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/**
 * What containers ask for that ask for nothing. Without it they have a fiftieth of a step's claim on busy processors: an app
 * would answer late, and its version be judged for it.
 */
function claimObject(namespace: string): object {
  const limits = [{ type: "Container", defaultRequest: { cpu: "20m" } }];
  return { apiVersion: "v1", kind: "LimitRange", metadata: { name: "claim", namespace }, spec: { limits } };
}

export async function makeNamespaces(
  kubectl: Kubectl,
  names: readonly string[],
  level: Level | undefined,
): Promise<void> {
  await applyObjects(
    kubectl,
    names.flatMap((name) => [namespaceObject(name, level), claimObject(name)]),
  );
}

/** All of the suite, or those that are named; returns when they are gone, or at once for those that are named. */
export async function removeNamespaces(kubectl: Kubectl, names: readonly string[] = []): Promise<void> {
  const which = names.length > 0 ? [...names, "--wait=false"] : [`--selector=${OURS}`, "--wait"];
  await kubectl(["delete", "namespace", ...which, "--ignore-not-found"]);
}
