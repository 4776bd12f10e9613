/** Our bundle on a cluster, step by step as the README says. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { PIPELINE_NAMESPACE, type Release, withPaths } from "../../../sandbox/world/install.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { throughBundle } from "../bundles/bundle.ts";
import { applyObjects, type Kubectl } from "./kubectl.ts";
import { namespaceObject, removeNamespaces } from "./namespaces.ts";

/** Values of the Secrets that a user makes. */
export interface Secrets {
  readonly token: string;
  readonly webhook: string;
}

/** The bundle, once for all scenarios. What an interrupted suite has left is removed first. */
export async function installBundle(kubectl: Kubectl, root: string, secrets: Secrets): Promise<void> {
  await removeBundle(kubectl, root);
  await applyObjects(kubectl, [namespaceObject(PIPELINE_NAMESPACE, "restricted")]);
  // Tekton's own containers fit a restricted namespace only when it is told so.
  const flags = { data: { "set-security-context": "true" } };
  const target = ["configmap", "feature-flags", "--namespace=tekton-pipelines"];
  await kubectl(["patch", ...target, "--type=merge", `--patch=${JSON.stringify(flags)}`]);
  await kubectl(["apply", "-k", join(root, "config")]);
  await kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd/experiments.iter8.tools"]);
  await secret(kubectl, "github-token", secrets.token);
  await secret(kubectl, "github-webhook", secrets.webhook);
}

/** Everything of every scenario; what is gone already is no error. */
export async function removeBundle(kubectl: Kubectl, root: string): Promise<void> {
  await removeNamespaces(kubectl);
  await kubectl(["delete", "-k", join(root, "config"), "--ignore-not-found", "--wait"]);
}

export interface Service {
  readonly root: string;
  /** For the copy of triggers/. */
  readonly folder: string;
  /** Tells this service's copy from others'. */
  readonly suffix: string;
  readonly repository: string;
  readonly prometheusUrl: string;
  readonly githubApiUrl: string;
  readonly release: Release;
  /** Reference of the bundle that runs come from; undefined: from what is installed. */
  readonly bundle: string | undefined;
  /** The pods' user and group; undefined: as the cluster has it. */
  readonly user: PodUser | undefined;
}

export interface PodUser {
  readonly runAsUser: number;
  readonly runAsGroup: number;
  readonly fsGroup: number;
}

/** OpenShift runs pods under an id of the namespace's own, in group 0. */
export const ANY_USER: PodUser = { runAsUser: 1_000_710_000, runAsGroup: 0, fsGroup: 1_000_710_000 };

export interface Listener {
  /** The Service that webhooks go to. */
  readonly service: string;
  /** Removes the copy of triggers/ from the cluster. */
  remove(): Promise<void>;
}

/** Lets the pipeline release to the service's namespace, and a push start it. Returns once its listener is ready. */
export async function installService(kubectl: Kubectl, wanted: Service): Promise<Listener> {
  const { root, release, folder, suffix } = wanted;
  await kubectl(["apply", `--namespace=${release.namespace}`, "-k", join(root, "config", "app")]);
  const copy = join(folder, "triggers");
  await cp(join(root, "triggers"), copy, { recursive: true });
  await edit(join(copy, "kustomization.yaml"), (kustomization) => {
    kustomization["nameSuffix"] = `-${suffix}`;
  });
  await editSettings(copy, wanted);
  await editDefaults(copy, release.params);
  await edit(join(copy, "listener.yaml"), (listener) => {
    Object.assign(listener, withPaths(listener as unknown as KubeObject, release.params));
  });
  if (wanted.bundle !== undefined) await takeFromBundle(copy, wanted.bundle);
  if (wanted.user !== undefined) await runAs(copy, wanted.user);
  await kubectl(["apply", "-k", copy]);
  const listener = `canary-${suffix}`;
  const ready = ["--for=condition=Ready", "--timeout=120s", `eventlistener/${listener}`];
  await kubectl(["wait", `--namespace=${PIPELINE_NAMESPACE}`, ...ready]);
  return {
    service: `el-${listener}`,
    remove: async () => {
      await kubectl(["delete", "-k", copy, "--ignore-not-found", "--wait=false"]);
    },
  };
}

async function secret(kubectl: Kubectl, name: string, token: string): Promise<void> {
  const target = ["generic", name, `--namespace=${PIPELINE_NAMESPACE}`];
  await kubectl(["create", "secret", ...target, `--from-literal=token=${token}`]);
}

async function editSettings(copy: string, wanted: Service): Promise<void> {
  const { service, namespace } = wanted.release;
  await edit(join(copy, "settings.yaml"), (settings) => {
    Object.assign(settings["data"] as object, {
      service,
      namespace,
      repository: wanted.repository,
      "prometheus-url": wanted.prometheusUrl,
      "github-api-url": wanted.githubApiUrl,
    });
  });
}

async function editDefaults(copy: string, params: Readonly<Record<string, string>>): Promise<void> {
  await edit(join(copy, "template.yaml"), (template) => {
    const known = (template["spec"] as { params: { name: string; default?: string }[] }).params;
    for (const [name, value] of Object.entries(params)) {
      const param = known.find((one) => one.name === name);
      if (param === undefined) throw new Error(`param ${name}: triggers/template.yaml has no such param`);
      param.default = value;
    }
  });
}

async function takeFromBundle(copy: string, reference: string): Promise<void> {
  await edit(join(copy, "template.yaml"), (template) => {
    Object.assign(template, throughBundle([template as unknown as KubeObject], reference)[0]);
  });
}

async function runAs(copy: string, securityContext: PodUser): Promise<void> {
  await edit(join(copy, "template.yaml"), (template) => {
    const { resourcetemplates } = template["spec"] as { resourcetemplates: readonly { spec: object }[] };
    for (const { spec } of resourcetemplates)
      Object.assign(spec, { taskRunTemplate: { podTemplate: { securityContext } } });
  });
}

async function edit(file: string, change: (object: Record<string, unknown>) => void): Promise<void> {
  const object = parse(await readFile(file, "utf8")) as Record<string, unknown>;
  change(object);
  await writeFile(file, stringify(object));
}
