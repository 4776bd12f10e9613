/** The cluster's own kubectl, as its administrator. */
import { run } from "../command.ts";
import { kubeconfigOf } from "../kubeconfig.ts";
import { program, type Site } from "../parts/part.ts";
import { until } from "../waiting.ts";
import { objectStream } from "./manifests.ts";

/** Runs kubectl and gives its output. Throws CommandFailed. */
export function kubectl(site: Site, args: readonly string[], input?: string): Promise<string> {
  return run(
    program(site, "kubernetes", "kubectl"),
    [`--kubeconfig=${kubeconfigOf(site.layout, "admin")}`, ...args],
    {
      env: { ...process.env, HOME: site.layout.data },
      timeoutMs: 180_000,
      bound: true,
      ...(input === undefined ? {} : { input }),
    },
  );
}

/** Applies a YAML stream, as often as one likes. */
export async function apply(site: Site, yaml: string): Promise<void> {
  await kubectl(site, ["apply", "--server-side", "--force-conflicts", "-f", "-"], yaml);
}

/** Applies objects in their order. */
export function applyObjects(site: Site, objects: readonly object[]): Promise<void> {
  return apply(site, objectStream(objects));
}

/** Waits until all Deployments of a namespace, or those that are named, are available. Throws with the pods' states. */
export async function deployed(
  site: Site,
  namespace: string,
  names: readonly string[],
  timeoutMs = 120_000,
): Promise<void> {
  const wanted = names.map((name) => `deployment/${name}`);
  try {
    await kubectl(site, [
      "wait",
      "--for=condition=Available",
      `--timeout=${timeoutMs / 1000}s`,
      `--namespace=${namespace}`,
      ...wanted,
    ]);
  } catch (error) {
    const pods = await kubectl(site, ["get", "pods", `--namespace=${namespace}`, "-o", "wide"]);
    const events = await kubectl(site, [
      "get",
      "events",
      `--namespace=${namespace}`,
      "--field-selector=type=Warning",
    ]);
    const last = events.trimEnd().split("\n").slice(-8).join("\n");
    throw new Error(`${error instanceof Error ? error.message : error}\n${pods}${last}`);
  }
}

/** Waits until a jsonpath of an object is not empty. */
export function hasValue(site: Site, object: string, path: string): Promise<void> {
  return until(
    `${object} has ${path}`,
    async () => (await kubectl(site, ["get", object, "-o", `jsonpath={${path}}`])).trim() !== "",
    { timeoutMs: 60_000, everyMs: 200 },
  );
}

/** Waits until the CRDs are served. */
export async function established(site: Site): Promise<void> {
  await kubectl(site, ["wait", "--for=condition=Established", "--timeout=90s", "crd", "--all"]);
}
