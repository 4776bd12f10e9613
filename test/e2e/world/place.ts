/** A real cluster as a place for scenarios: our bundle, our demo app, real Tekton, Istio and Prometheus; git and GitHub are the sandbox's. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startForge } from "../../../sandbox/forge/forge.ts";
import { createView, type View } from "../../../sandbox/scenario/view.ts";
import type { Entrance, Place, Setting, World } from "../../../sandbox/scenario/world.ts";
import { rerunOf } from "../../../sandbox/tekton/rerun.ts";
import { PIPELINE_NAMESPACE } from "../../../sandbox/world/install.ts";
import { REPOSITORY, type WorldListeners } from "../../../sandbox/world.ts";
import type { Deployment } from "../../../steps/lib/ports/kinds.ts";
import type { State } from "../cluster/cluster.ts";
import { answers, openEntrance, podPort, USERS_NAMESPACE } from "./entrance.ts";
import { appImages, type NodeRoot, provide, stepImages } from "./images.ts";
import { install, makeNamespaces } from "./install.ts";
import { applyObjects, type Kubectl, kubectlOf } from "./kubectl.ts";
import { createLogs } from "./logs.ts";
import { watch } from "./watching.ts";

const READY_LIMIT_MS = 60_000;
/** A listener answers before it has looked; what it starts is there long before that. */
const TRIGGER_LIMIT_MS = 10_000;
const POLL_MS = 50;

export function clusterPlace(root: string, cluster: State, nodeRoot: NodeRoot): Place {
  const imported = new Set<string>();
  return {
    name: "the cluster",
    async start(setting, folder, listeners) {
      const ends: (() => Promise<unknown>)[] = [];
      const close = async () => {
        for (const end of ends.splice(0).reverse()) await end();
      };
      try {
        return await start({ root, cluster, nodeRoot, setting, folder, listeners, imported, ends, close });
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

interface Start {
  readonly root: string;
  readonly cluster: State;
  readonly nodeRoot: NodeRoot;
  readonly setting: Setting;
  readonly folder: string;
  readonly listeners: WorldListeners;
  /** Archives that the runtime has. */
  readonly imported: Set<string>;
  /** Gets what ends each part, in the order in which they start. */
  readonly ends: (() => Promise<unknown>)[];
  readonly close: () => Promise<void>;
}

async function start({
  root,
  cluster,
  nodeRoot,
  setting,
  folder,
  listeners,
  imported,
  ends,
  close,
}: Start): Promise<World> {
  const { clock, files, releases } = setting;
  const [release, ...more] = releases;
  if (release === undefined || more.length > 0) throw new Error("one service can be released here, no more");
  const kubectl = kubectlOf(cluster);
  const apps = [release.namespace];
  const port = podPort(setting.cluster);
  const images = [...(await stepImages(root)), ...appImages(root, setting.images, port)];
  await provide(root, nodeRoot, images, imported);

  const [token, secret] = [randomBytes(20).toString("hex"), randomBytes(20).toString("hex")];
  let webhook: { readonly url: string; readonly secret: string } | undefined;
  const forge = await startForge({
    folder: join(folder, "git"),
    repository: REPOSITORY,
    token,
    webhook: () => webhook,
    clock,
    host: cluster.hostAddress,
  });
  ends.push(forge.stop);
  await forge.push({ files, message: "first commit", quiet: true });

  const clear = () => remove(kubectl, root, [...apps, USERS_NAMESPACE]);
  // What an interrupted suite has left.
  await clear();
  ends.push(clear);
  await makeNamespaces(kubectl, apps);
  await applyObjects(kubectl, setting.cluster);
  const [url, entrance] = await Promise.all([
    install(kubectl, {
      root,
      folder,
      repository: REPOSITORY,
      prometheusUrl: cluster.prometheus,
      githubApiUrl: forge.apiUrl,
      release,
      token,
      webhookSecret: secret,
    }),
    openEntrance(kubectl, setting.cluster),
  ]);
  webhook = { url, secret };

  const view = createView();
  const logs = createLogs(kubectl, listeners.line);
  const stopWatching = await watch({
    kubectl,
    kubeconfig: cluster.kubeconfig,
    apps,
    pipelines: PIPELINE_NAMESPACE,
    onProblem: listeners.problem,
    onChange(event, staged) {
      view.see({ kind: "object", at: clock.now(), change: event.type, object: event.object, staged });
      listeners.change(event, staged);
      logs.note(event.object);
    },
  });
  ends.push(async () => stopWatching());

  return {
    forge,
    entrance,
    ready: () => ready(view, entrance, release),
    async triggered() {
      await forge.announced();
      const run = `${release.service}-${forge.deliveries.at(-1)?.id.slice(0, 18)}`;
      const limit = clock.now() + TRIGGER_LIMIT_MS;
      while (view.get("PipelineRun", PIPELINE_NAMESPACE, run) === undefined && clock.now() < limit)
        await sleep(POLL_MS);
    },
    async rerun(namespace, name) {
      const run = view.get("PipelineRun", namespace, name);
      if (run === undefined) throw new Error(`there is no PipelineRun ${namespace}/${name}`);
      const again = rerunOf(run, Math.random);
      await kubectl(["create", "-f", "-"], JSON.stringify(again));
      return again;
    },
    isWorking: (run) => podsOf(view, run).some(({ phase }) => phase === "Pending" || phase === "Running"),
    kill: () => onlyInSandbox("kill"),
    terminate: () => onlyInSandbox("terminate"),
    async patch(kind, namespace, name, change) {
      const target = [kind, name, `--namespace=${namespace}`, "--type=merge"];
      await kubectl(["patch", ...target, `--patch=${JSON.stringify(change)}`]);
    },
    remove: () => onlyInSandbox("delete"),
    metrics: () => onlyInSandbox("metrics"),
    failCalls: () => onlyInSandbox("api"),
    secrets: () => ({ "Secret github-token": token, "Secret github-webhook": secret }),
    told: logs.complete,
    close,
  };
}

function podsOf(view: View, run: string) {
  return view
    .list("Pod", PIPELINE_NAMESPACE)
    .filter(({ metadata }) => metadata.labels?.["tekton.dev/pipelineRun"] === run)
    .map(({ status }) => ({ phase: (status as { readonly phase?: string } | undefined)?.phase }));
}

/** Pods that answer, not only pods that are ready: a container without a probe is ready before its program listens. */
async function ready(view: View, entrance: Entrance, release: { service: string; namespace: string }) {
  const { namespace } = release;
  const waiting = () =>
    view
      .list("Deployment", namespace)
      .some(({ spec, status }: Deployment) => (status?.readyReplicas ?? 0) < (spec.replicas ?? 1));
  const limit = Date.now() + READY_LIMIT_MS;
  while (Date.now() < limit && (waiting() || !(await answers(entrance, release)))) await sleep(POLL_MS);
}

function onlyInSandbox(act: string): never {
  throw new Error(`${act}: only the sandbox can do this`);
}

/** Everything of the scenario; what is gone already is no error. */
async function remove(kubectl: Kubectl, root: string, namespaces: readonly string[]): Promise<void> {
  const gone = ["--ignore-not-found", "--wait"];
  await Promise.all([
    kubectl(["delete", "namespace", ...namespaces, ...gone]),
    kubectl(["delete", "-k", join(root, "config"), ...gone]),
    kubectl(["delete", "clusterrole,clusterrolebinding", "canary-listener", ...gone]),
  ]);
}
