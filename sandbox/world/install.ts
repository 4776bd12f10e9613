/** Our own YAML as a user installs it: the bundle, the roles in each app's namespace, and one trigger per service. */
import { join } from "node:path";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { readKustomization } from "./kustomization.ts";

export interface Release {
  readonly service: string;
  readonly namespace: string;
  /** Params that differ from the TriggerTemplate's defaults. */
  readonly params: Readonly<Record<string, string>>;
}

/** What the pipeline talks to. */
export interface Endpoints {
  /** owner/name of the repository that is pushed to. */
  readonly repository: string;
  readonly prometheusUrl: string;
  readonly githubApiUrl: string;
}

export interface Installation extends Endpoints {
  /** The repository's root folder. */
  readonly root: string;
  readonly releases: readonly Release[];
}

/** Where config/ and triggers/ put themselves. */
export const PIPELINE_NAMESPACE = "tekton-canary";

interface TriggerTemplate extends KubeObject {
  readonly spec: { readonly params: readonly { readonly name: string; readonly default?: string }[] };
}

interface EventListener extends KubeObject {
  readonly spec: {
    readonly triggers: readonly { readonly name: string; readonly template: { readonly ref: string } }[];
  };
}

/** Everything to create, in an order that works. Throws when a param is not one of the TriggerTemplate's. */
export async function installation(wanted: Installation): Promise<readonly KubeObject[]> {
  const namespaces = [...new Set(wanted.releases.map(({ namespace }) => namespace))];
  const bundle = await readKustomization(join(wanted.root, "config"));
  const roles = await Promise.all(
    namespaces.map((namespace) => readKustomization(join(wanted.root, "config", "app"), { namespace })),
  );
  const triggers = await Promise.all(wanted.releases.map((release) => triggersOf(wanted, release)));
  return [...bundle, ...roles.flat(), ...together(triggers, wanted.releases)];
}

/** The folder `triggers/` with the settings of one service. */
async function triggersOf(wanted: Installation, release: Release): Promise<readonly KubeObject[]> {
  return readKustomization(join(wanted.root, "triggers"), { edit: triggerEdits(wanted, release) });
}

/**
 * What the user of one service writes over an object of `triggers/`. Throws UnknownParams when a param is not
 * one of the TriggerTemplate's.
 */
export function triggerEdits(
  { repository, prometheusUrl, githubApiUrl }: Endpoints,
  { service, namespace, params }: Release,
): (object: KubeObject) => KubeObject {
  const urls = { "prometheus-url": prometheusUrl, "github-api-url": githubApiUrl };
  const settings = { service, namespace, repository, ...urls };
  return (object) => {
    if (object.kind === "ConfigMap")
      return { ...object, data: { ...(object["data"] as object), ...settings } };
    if (object.kind === "TriggerTemplate") return withDefaults(object as TriggerTemplate, params);
    if (object.kind === "EventListener") return withPaths(object, params);
    return object;
  };
}

/** A mistake of who wrote the scenario. */
export class UnknownParams extends Error {
  override readonly name = "UnknownParams";
}

function withDefaults(template: TriggerTemplate, params: Readonly<Record<string, string>>): KubeObject {
  const known = new Set(template.spec.params.map(({ name }) => name));
  const strange = Object.keys(params).filter((name) => !known.has(name));
  if (strange.length > 0)
    throw new UnknownParams(
      `params ${strange.join(", ")}: the pipeline has no such param, only ${[...known].sort().join(", ")}`,
    );
  const edited = template.spec.params.map((param) => {
    const value = params[param.name];
    return value === undefined ? param : { ...param, default: value };
  });
  return { ...template, spec: { ...template.spec, params: edited } };
}

/** The listener's filter looks at the folders of the manifest and the experiment, which are constants in it. */
function withPaths(listener: KubeObject, params: Readonly<Record<string, string>>): KubeObject {
  const folder = (path: string) => `${path.replace(/\/+$/, "")}/`;
  const manifest = folder(params["manifest-path"] ?? "config");
  const experiment = folder((params["experiment-path"] ?? "iter8/experiment.yaml").replace(/\/[^/]*$/, ""));
  const text = JSON.stringify(listener)
    .replaceAll("'config/'", `'${manifest}'`)
    .replaceAll("'iter8/'", `'${experiment}'`);
  return JSON.parse(text) as KubeObject;
}

/** Several services share one listener: a trigger and a template for each. */
function together(
  triggers: readonly (readonly KubeObject[])[],
  releases: readonly Release[],
): readonly KubeObject[] {
  const [first = [], ...others] = triggers;
  const more = others.flatMap((objects, index) => {
    const service = releases[index + 1]?.service ?? "";
    const template = objects.find(({ kind }) => kind === "TriggerTemplate");
    const listener = objects.find(({ kind }) => kind === "EventListener") as EventListener | undefined;
    if (template === undefined || listener === undefined)
      throw new Error("triggers/ has no template or listener");
    const name = `${template.metadata.name}-${service}`;
    return [
      {
        template: { ...template, metadata: { ...template.metadata, name } },
        triggers: listener.spec.triggers.map((one) => ({
          ...one,
          name: `${one.name}-${service}`,
          template: { ref: name },
        })),
      },
    ];
  });
  return [
    ...more.map(({ template }) => template),
    ...first.map((object) => {
      if (object.kind !== "EventListener") return object;
      const { spec } = object as EventListener;
      return {
        ...object,
        spec: { ...spec, triggers: [...spec.triggers, ...more.flatMap((one) => one.triggers)] },
      };
    }),
  ];
}
