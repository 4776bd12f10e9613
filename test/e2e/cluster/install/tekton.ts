/** Tekton Pipelines, Triggers and Dashboard, in the order in which they need each other. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DASHBOARD_SERVICE } from "../addresses.ts";
import { DASHBOARD_VERSION } from "../parts/dashboard/part.ts";
import type { Site } from "../parts/part.ts";
import { PIPELINES_VERSION } from "../parts/pipelines/part.ts";
import { TRIGGERS_VERSION } from "../parts/triggers/part.ts";
import { apply, applyObjects, deployed, hasValue } from "./kubectl.ts";
import { dashboardRelease, manifests, released, stream } from "./manifests.ts";

const NAMESPACE = "tekton-pipelines";

/** Scaling needs a metrics server, which is not here. */
const NOT_HERE = /^webhook-hpa\.yaml$/;
const CRDS = /^300-.*\.yaml$/;

function folders(site: Site) {
  return {
    pipelines: join(site.folder("pipelines"), "manifests"),
    triggers: join(site.folder("triggers"), "manifests"),
    dashboard: join(site.folder("dashboard"), "manifests"),
  };
}

const pipelines = (texts: readonly string[]) =>
  texts.map((text) => released(text, "pipelines", PIPELINES_VERSION));
const triggers = (texts: readonly string[]) =>
  texts.map((text) => released(text, "triggers", TRIGGERS_VERSION));

/** The namespaces, and the resources of both projects. */
export async function tektonResources(site: Site): Promise<string> {
  const { pipelines: one, triggers: other } = folders(site);
  return stream([
    ...pipelines(await manifests(join(one, "100-namespace"))),
    ...pipelines(await manifests(join(one, "300-crds"))),
    ...triggers(await manifests(other, /^(?!300-)/)),
  ]);
}

export async function installPipelines(site: Site): Promise<void> {
  const folder = folders(site).pipelines;
  await apply(site, stream(pipelines(await manifests(folder, NOT_HERE))));
  await deployed(site, NAMESPACE, ["tekton-pipelines-webhook"]);
  await hasValue(
    site,
    "validatingwebhookconfiguration/validation.webhook.pipeline.tekton.dev",
    ".webhooks[0].clientConfig.caBundle",
  );
  await apply(site, stream(pipelines(await manifests(join(folder, "resolvers")))));
}

/**
 * The interceptors last, and their Secret and names before their program: it writes its certificate into what is there
 * when it starts, and a listener trusts only that.
 */
export async function installTriggers(site: Site): Promise<void> {
  const folder = folders(site).triggers;
  await apply(site, stream(triggers(await manifests(folder, CRDS))));
  await deployed(site, NAMESPACE, ["tekton-triggers-webhook"]);
  await hasValue(
    site,
    "validatingwebhookconfiguration/validation.webhook.triggers.tekton.dev",
    ".webhooks[0].clientConfig.caBundle",
  );
  const interceptors = ["00-interceptor-secrets", "core-interceptors", "core-interceptors-deployment"];
  const texts = interceptors.map((name) => readFile(join(folder, "interceptors", `${name}.yaml`), "utf8"));
  await apply(site, stream(triggers(await Promise.all(texts))));
}

export async function installDashboard(site: Site): Promise<void> {
  const texts = await manifests(folders(site).dashboard, /^kustomization\.yaml$/);
  await apply(
    site,
    stream(texts.map((text) => dashboardRelease(text, DASHBOARD_VERSION, DASHBOARD_SERVICE))),
  );
  await applyObjects(site, DASHBOARD_READS.map(dashboardReads));
}

/** Roles that the Dashboard's installer binds, and its manifests do not. */
const DASHBOARD_READS = [
  "tekton-dashboard-tenant-view",
  "tekton-aggregate-view",
  "tekton-triggers-aggregate-view",
];

function dashboardReads(role: string): object {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: `tekton-dashboard-reads-${role}` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ kind: "ServiceAccount", name: "tekton-dashboard", namespace: NAMESPACE }],
  };
}

/** Waits until all of it is available, and the listener's interceptors can be trusted. */
export async function tektonIsReady(site: Site): Promise<void> {
  await deployed(site, NAMESPACE, [
    "tekton-pipelines-controller",
    "tekton-events-controller",
    "tekton-triggers-controller",
    "tekton-triggers-core-interceptors",
    "tekton-dashboard",
  ]);
  await deployed(site, "tekton-pipelines-resolvers", ["tekton-pipelines-remote-resolvers"]);
  await hasValue(site, "clusterinterceptor/github", ".spec.clientConfig.caBundle");
}
