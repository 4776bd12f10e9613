/** Our bundle on a cluster, step by step as the README says. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import {
  type Endpoints,
  PIPELINE_NAMESPACE,
  type Release,
  triggerEdits,
} from "../../../sandbox/world/install.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { throughBundle } from "../bundles/bundle.ts";
import { raiseFlag, restoreFlag } from "./feature-flag.ts";
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
  await raiseFlag(kubectl);
  await kubectl(["apply", "-k", join(root, "config")]);
  await kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd/experiments.iter8.tools"]);
  await secret(kubectl, "github-token", secrets.token);
  await secret(kubectl, "github-webhook", secrets.webhook);
}

/** Everything of every scenario, and Tekton's setting as it was; what is gone already is no error. */
export async function removeBundle(kubectl: Kubectl, root: string): Promise<void> {
  await restoreFlag(kubectl);
  await removeNamespaces(kubectl);
  await kubectl(["delete", "-k", join(root, "config"), "--ignore-not-found", "--wait"]);
}

export interface Service extends Endpoints {
  readonly root: string;
  /** For the copy of triggers/. */
  readonly folder: string;
  /** Tells this service's copy from others'. */
  readonly suffix: string;
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
  const ofService = triggerEdits(wanted, release);
  await edit(join(copy, "kustomization.yaml"), (one) => ({ ...one, nameSuffix: `-${suffix}` }));
  await edit(join(copy, "settings.yaml"), ofService);
  await edit(join(copy, "listener.yaml"), ofService);
  await edit(join(copy, "template.yaml"), (one) =>
    runAs(takenFrom(ofService(one), wanted.bundle), wanted.user),
  );
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

function takenFrom(template: KubeObject, bundle: string | undefined): KubeObject {
  const [found = template] = bundle === undefined ? [] : throughBundle([template], bundle);
  return found;
}

function runAs(template: KubeObject, user: PodUser | undefined): KubeObject {
  if (user === undefined) return template;
  const spec = template["spec"] as { readonly resourcetemplates: readonly { readonly spec: object }[] };
  const taskRunTemplate = { podTemplate: { securityContext: user } };
  const runs = spec.resourcetemplates.map((run) => ({ ...run, spec: { ...run.spec, taskRunTemplate } }));
  return { ...template, spec: { ...spec, resourcetemplates: runs } };
}

/** A file of one object. */
async function edit(file: string, change: (object: KubeObject) => KubeObject): Promise<void> {
  await writeFile(file, stringify(change(parse(await readFile(file, "utf8")) as KubeObject)));
}
