/** A real cluster as a place for scenarios: our bundle, our demo app, real Tekton, Istio and Prometheus; git and GitHub are the sandbox's. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startForge } from "../../../sandbox/forge/forge.ts";
import { createView, type View } from "../../../sandbox/scenario/view.ts";
import type { Place, Setting, World } from "../../../sandbox/scenario/world.ts";
import { PIPELINE_NAMESPACE, type Release } from "../../../sandbox/world/install.ts";
import { REPOSITORY, type WorldListeners } from "../../../sandbox/world.ts";
import type { Deployment, KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { auditLog } from "../cluster/parts/kubernetes/kube-apiserver.ts";
import { followWrites } from "../figures/follow-writes.ts";
import type { ImageSize } from "../figures/markdown.ts";
import { processIn } from "../figures/steps.ts";
import { type Door, reaches } from "./entrance.ts";
import type { Ground } from "./ground.ts";
import { appImages, createImages, forwarderImage, type Images, type NodeRoot, stepImages } from "./images.ts";
import { installBundle, installService, removeBundle, type Secrets } from "./install.ts";
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
/** p50 of 170 ms and up to 540 ms were seen from a written weight to the traffic that follows; istiod takes longer under load. */
const GRACE_MS = 2000;

/** A cluster with the bundle in it. */
export interface Stage {
  /**
   * A place for one scenario; `suffix` tells what belongs to it from what belongs to others that play at the same time.
   * `bundle`: the reference of the bundle that its runs come from.
   */
  place(suffix: string, bundle?: string): Place;
  /** Of the five steps. */
  imageSizes(): Promise<readonly ImageSize[]>;
  /** Removes everything that the suite has made. */
  close(): Promise<void>;
}

export async function prepare(root: string, ground: Ground, nodeRoot: NodeRoot): Promise<Stage> {
  const secrets = { token: randomBytes(20).toString("hex"), webhook: randomBytes(20).toString("hex") };
  const images = createImages(root, nodeRoot, ground.importImages);
  await images.provide([...(await stepImages(root)), ...(ground.isOwn ? [] : [forwarderImage(root)])]);
  await installBundle(ground.kubectl, root, secrets);
  return {
    place: (suffix, bundle) => ({
      name: "the cluster",
      graceMs: GRACE_MS,
      async start(setting, folder, listeners) {
        const ends: (() => Promise<unknown>)[] = [];
        const close = async () => {
          for (const end of ends.splice(0).reverse()) await end();
        };
        try {
          const task = { root, ground, secrets, images, suffix, bundle, setting, folder, listeners, ends };
          return { ...(await start(task)), close };
        } catch (error) {
          await close();
          throw error;
        }
      },
    }),
    imageSizes: async () => images.sizes(await stepImages(root)),
    close: () => removeBundle(ground.kubectl, root),
  };
}

interface Start {
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

async function start(task: Start): Promise<Omit<World, "close">> {
  const { root, ground, secrets, images, suffix, bundle, setting, folder, listeners, ends } = task;
  const { clock, files, releases } = setting;
  const { kubectl } = ground;
  const [first, ...more] = releases;
  if (first === undefined || more.length > 0) throw new Error("one service can be released here, no more");
  const apps = [first.namespace];
  const users = `users-${suffix}`;
  await images.provide(appImages(root, setting.images, podPort(setting.cluster)));

  let webhook: { readonly url: string; readonly secret: string } | undefined;
  const forge = await startForge({
    folder: join(folder, "git"),
    repository: REPOSITORY,
    token: secrets.token,
    webhook: () => webhook,
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
  const load = { ip: entrance.address, port: String(portOf(setting.cluster, first)) };
  const release = withLoadTarget(first, files, load);
  const listener = await installService(kubectl, {
    root,
    folder,
    suffix,
    repository: REPOSITORY,
    prometheusUrl: ground.prometheusUrl,
    githubApiUrl: forge.apiUrl,
    release,
    bundle,
  });
  ends.push(listener.remove);
  const reach = await ground.reach(PIPELINE_NAMESPACE, listener.service, LISTENER_PORT);
  ends.push(reach.close);
  webhook = { url: reach.url, secret: secrets.webhook };

  const view = createView();
  const logs = createLogs(kubectl, listeners.line);
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
    ready: () => ready(view, entrance, first),
    async triggered() {
      await forge.announced();
      const run = `${first.service}-${forge.deliveries.at(-1)?.id.slice(0, 18)}`;
      const limit = clock.now() + TRIGGER_LIMIT_MS;
      while (view.get("PipelineRun", PIPELINE_NAMESPACE, run) === undefined && clock.now() < limit)
        await sleep(POLL_MS);
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
