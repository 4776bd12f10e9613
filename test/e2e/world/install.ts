/** Our bundle on a cluster, step by step as the README says. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { PIPELINE_NAMESPACE, type Release } from "../../../sandbox/world/install.ts";
import { applyObjects, type Kubectl } from "./kubectl.ts";

export interface Installation {
  readonly root: string;
  /** For the copy of triggers/. */
  readonly folder: string;
  readonly repository: string;
  readonly prometheusUrl: string;
  readonly githubApiUrl: string;
  readonly release: Release;
  /** Of the Secrets that a user makes. */
  readonly token: string;
  readonly webhookSecret: string;
}

const LEVEL = "pod-security.kubernetes.io/enforce";

/** The namespaces with their pod security levels; apps as they come need no more than the default capabilities. */
export async function makeNamespaces(kubectl: Kubectl, apps: readonly string[]): Promise<void> {
  const namespace = (name: string, level: string) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { [LEVEL]: level } },
  });
  await applyObjects(kubectl, [
    namespace(PIPELINE_NAMESPACE, "restricted"),
    ...apps.map((name) => namespace(name, "baseline")),
  ]);
  // Tekton's own containers fit a restricted namespace only when it is told so.
  const flags = { data: { "set-security-context": "true" } };
  const target = ["configmap", "feature-flags", "--namespace=tekton-pipelines"];
  await kubectl(["patch", ...target, "--type=merge", `--patch=${JSON.stringify(flags)}`]);
}

/** Gives the URL that webhooks go to, once something listens there. */
export async function install(kubectl: Kubectl, wanted: Installation): Promise<string> {
  const { root, release, folder } = wanted;
  await kubectl(["apply", "-k", join(root, "config")]);
  await kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd/experiments.iter8.tools"]);
  await kubectl(["apply", `--namespace=${release.namespace}`, "-k", join(root, "config", "app")]);
  await secret(kubectl, "github-token", wanted.token);
  await secret(kubectl, "github-webhook", wanted.webhookSecret);
  const copy = join(folder, "triggers");
  await cp(join(root, "triggers"), copy, { recursive: true });
  await editSettings(copy, wanted);
  await editDefaults(copy, release.params);
  await kubectl(["apply", "-k", copy]);
  return await listenerUrl(kubectl);
}

async function secret(kubectl: Kubectl, name: string, token: string): Promise<void> {
  const target = ["generic", name, `--namespace=${PIPELINE_NAMESPACE}`];
  await kubectl(["create", "secret", ...target, `--from-literal=token=${token}`]);
}

async function editSettings(copy: string, wanted: Installation): Promise<void> {
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

async function edit(file: string, change: (object: Record<string, unknown>) => void): Promise<void> {
  const object = parse(await readFile(file, "utf8")) as Record<string, unknown>;
  change(object);
  await writeFile(file, stringify(object));
}

async function listenerUrl(kubectl: Kubectl): Promise<string> {
  const ready = ["--for=condition=Ready", "--timeout=120s", "eventlistener/canary"];
  await kubectl(["wait", `--namespace=${PIPELINE_NAMESPACE}`, ...ready]);
  const service = ["service", "el-canary", `--namespace=${PIPELINE_NAMESPACE}`];
  const url = `http://${await kubectl(["get", ...service, "-o", "jsonpath={.spec.clusterIP}"])}:8080`;
  // Its rules reach the node a moment after its pod is ready.
  for (let left = 100; left > 0; left -= 1) {
    try {
      await fetch(`${url}/live`, { signal: AbortSignal.timeout(1000) });
      return url;
    } catch {
      await sleep(100);
    }
  }
  throw new Error(`nothing listens at ${url}, where webhooks go to`);
}
