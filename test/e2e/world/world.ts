/** The world of one scenario on a real cluster: our demo app, real Tekton, Istio and Prometheus; git and GitHub are the sandbox's. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startForge } from "../../../sandbox/forge/forge.ts";
import type { Webhook } from "../../../sandbox/forge/webhook.ts";
import { createView, type View } from "../../../sandbox/scenario/view.ts";
import type { Setting, World } from "../../../sandbox/scenario/world.ts";
import { PIPELINE_NAMESPACE, type Release } from "../../../sandbox/world/install.ts";
import { REPOSITORY, type WorldListeners } from "../../../sandbox/world.ts";
import type { Deployment, KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { auditLog } from "../cluster/parts/kubernetes/kube-apiserver.ts";
import { followWrites } from "../figures/follow-writes.ts";
import { processIn } from "../figures/steps.ts";
import { type Door, reaches } from "./entrance.ts";
import type { Ground } from "./ground.ts";
import { appImages, type Images } from "./images.ts";
import { ANY_USER, installService, type Secrets } from "./install.ts";
import { applyObjects } from "./kubectl.ts";
import { createLogs } from "./logs.ts";
import { levelFor, makeNamespaces, removeNamespaces } from "./namespaces.ts";
import { podPort, portOf } from "./service-ports.ts";
import { belonging, createStaging } from "./staging.ts";
import { evictStep, isAtWork, podsOf, signalStep } from "./step-pods.ts";
import { watch } from "./watching.ts";

/** Of an EventListener's Service. */
const LISTENER_PORT = 8080;
const READY_LIMIT_MS = 60_000;
/** A listener answers before it has looked; what it starts is there long before that. */
const TRIGGER_LIMIT_MS = 10_000;
/** How long a process may take to end after SIGTERM, as the kubelet would let it. */
const TERMINATION_MS = 30_000;
const POLL_MS = 50;
/** What a scenario's world is made from. */
export interface Start {
  readonly root: string;
  readonly ground: Ground;
  readonly secrets: Secrets;
  readonly images: Images;
  readonly suffix: string;
  readonly bundle: string | undefined;
  readonly setting: Setting;
  readonly folder: string;
  readonly listeners: WorldListeners;
  /** Gets what ends each part, in the order in which they start. */
  readonly ends: (() => Promise<unknown>)[];
}

/** Starts everything; what ends each part is in `ends`, also when this throws. */
export async function startWorld(task: Start): Promise<Omit<World, "close">> {
  const { root, ground, secrets, images, suffix, bundle, setting, folder, listeners, ends } = task;
  const { clock, files, releases } = setting;
  const { kubectl } = ground;
  const apps = [...new Set(releases.map(({ namespace }) => namespace))];
  const users = `users-${suffix}`;
  await images.provide(appImages(root, setting.images, podPort(setting.cluster)));

  const webhooks: Webhook[] = [];
  const forge = await startForge({
    folder: join(folder, "git"),
    repository: REPOSITORY,
    token: secrets.token,
    webhooks: () => webhooks,
    clock,
    host: ground.hostAddress,
  });
  ends.push(forge.stop);
  await forge.push({ files, message: "first commit", quiet: true });

  ends.push(() => removeNamespaces(kubectl, [...apps, users]));
  // An injected sidecar may need rights that no level but the cluster's own allows.
  await makeNamespaces(kubectl, apps, ground.isOwn ? levelFor(setting.cluster) : undefined);
  await makeNamespaces(kubectl, [users], ground.isOwn ? "restricted" : undefined);
  await applyObjects(kubectl, setting.cluster);
  const entrance = await ground.openDoor(setting.cluster, users);
  ends.push(entrance.close);
  const listening = await Promise.all(
    releases.map(async (release, index) => {
      const load = { ip: entrance.address, port: String(portOf(setting.cluster, release)) };
      const listener = await installService(kubectl, {
        root,
        folder: join(folder, `service-${index}`),
        suffix: index === 0 ? suffix : `${suffix}-${index}`,
        repository: REPOSITORY,
        prometheusUrl: ground.prometheusUrl,
        githubApiUrl: forge.apiUrl,
        release: withLoadTarget(release, files, load),
        bundle,
        user: ground.isOwn ? ANY_USER : undefined,
      });
      ends.push(listener.remove);
      const reach = await ground.reach(PIPELINE_NAMESPACE, listener.service, LISTENER_PORT);
      ends.push(reach.close);
      return { service: release.service, url: reach.url };
    }),
  );
  webhooks.push(...listening.map(({ url }) => ({ url, secret: secrets.webhook })));

  const view = createView();
  const logs = createLogs(kubectl, listeners);
  const staging = createStaging();
  const isOurs = belonging(apps);
  const stopWatching = await watch({
    kubectl,
    kubeconfig: ground.kubeconfig,
    apps,
    pipelines: PIPELINE_NAMESPACE,
    onChange(event, there) {
      if (!isOurs(event.object)) return;
      const staged = there || staging.isStaged(event);
      view.see({ kind: "object", at: clock.now(), change: event.type, object: event.object, staged });
      listeners.change(event, staged);
      logs.note(event.object);
    },
  });
  ends.push(async () => stopWatching());

  if (ground.logs !== undefined) {
    const processOf = (name: string) => {
      const pod = view.get("Pod", PIPELINE_NAMESPACE, name);
      return pod && processIn(pod);
    };
    ends.push(await followWrites(auditLog(ground.logs), processOf, listeners.write));
  }
  let metricsBack = async () => {};
  ends.push(() => metricsBack());

  return {
    forge,
    entrance,
    async ready() {
      await Promise.all(releases.map((release) => ready(view, entrance, release)));
    },
    async triggered() {
      await forge.announced();
      const runs = listening.map(({ service, url }) => {
        const last = forge.deliveries.findLast(({ to }) => to === url);
        return `${service}-${last?.id.slice(0, 18)}`;
      });
      const isMissing = (run: string) => view.get("PipelineRun", PIPELINE_NAMESPACE, run) === undefined;
      const limit = clock.now() + TRIGGER_LIMIT_MS;
      while (runs.some(isMissing) && clock.now() < limit) await sleep(POLL_MS);
    },
    async rerun(namespace, name) {
      const again = await ground.rerun(namespace, name);
      const found = await kubectl(["get", "pipelinerun", again, `--namespace=${namespace}`, "-o", "json"]);
      return JSON.parse(found) as KubeObject;
    },
    isWorking: (run) => podsOf(view, run).some(isAtWork),
    kill: (program, run) => signalStep(view, program, run, "SIGKILL"),
    async terminate(program, run) {
      const late = setTimeout(() => void signalStep(view, program, run, "SIGKILL"), TERMINATION_MS);
      ends.push(async () => clearTimeout(late));
      return await signalStep(view, program, run, "SIGTERM");
    },
    evict: (program, run) => evictStep(kubectl, view, program, run),
    outage: (part) => ground.outage(part),
    restartGateway: () => entrance.restart(),
    async patch(kind, namespace, name, change) {
      const target = [kind, name, `--namespace=${namespace}`, "--type=merge"];
      const writer = `--field-manager=${staging.writer()}`;
      await kubectl(["patch", ...target, writer, `--patch=${JSON.stringify(change)}`]);
    },
    async remove(kind, namespace, name) {
      staging.removal(kind, namespace, name);
      await kubectl(["delete", kind, name, `--namespace=${namespace}`, "--wait=false"]);
    },
    async metrics(state) {
      if (state === "stale") onlyInSandbox("metrics stale");
      if (state === "down") metricsBack = await ground.outage("metrics");
      else await metricsBack();
    },
    failCalls: () => onlyInSandbox("api"),
    secrets: () => ({ "Secret github-token": secrets.token, "Secret github-webhook": secrets.webhook }),
    told: logs.complete,
  };
}

/** Load goes in where the users do. */
function withLoadTarget(
  release: Release,
  files: Readonly<Record<string, string>>,
  load: { readonly ip: string; readonly port: string },
): Release {
  const { params } = release;
  if (!((params["properties-path"] ?? "iter8/pipeline.prop") in files)) return release;
  return { ...release, params: { ...load, "load-allowed-hosts": load.ip, ...params } };
}

/** Pods that answer, not only pods that are ready: a container without a probe is ready before its program listens. */
async function ready(view: View, door: Door, release: Release): Promise<void> {
  const deployments = () => view.list("Deployment", release.namespace);
  if (deployments().length === 0) return;
  const waiting = () =>
    deployments().some(({ spec, status }: Deployment) => (status?.readyReplicas ?? 0) < (spec.replicas ?? 1));
  const limit = Date.now() + READY_LIMIT_MS;
  while (Date.now() < limit && (waiting() || !(await reaches(door, release)))) await sleep(POLL_MS);
}

function onlyInSandbox(act: string): never {
  throw new Error(`${act}: only the sandbox can do this`);
}
