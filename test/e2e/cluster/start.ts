/** From an empty capsule to a cluster with everything in it. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { startCapsule } from "./capsule/capsule.ts";
import { createCgroups } from "./capsule/cgroups.ts";
import { startDaemon } from "./capsule/daemons.ts";
import { makeCertificates } from "./certificates.ts";
import { importImages } from "./images/import.ts";
import { installGateway, istioResources } from "./install/istio.ts";
import { apply, applyObjects, established, kubectl } from "./install/kubectl.ts";
import {
  installDashboard,
  installPipelines,
  installTriggers,
  tektonIsReady,
  tektonResources,
} from "./install/tekton.ts";
import { READERS } from "./kubeconfig.ts";
import { coredns } from "./parts/coredns/part.ts";
import { containerd } from "./parts/debian/containerd.ts";
import { registry } from "./parts/debian/registry.ts";
import { etcd } from "./parts/etcd/part.ts";
import { istiod } from "./parts/istiod/part.ts";
import { kubeControllerManager, kubeScheduler } from "./parts/kubernetes/control-loops.ts";
import { kubeApiserver } from "./parts/kubernetes/kube-apiserver.ts";
import { kubeProxy } from "./parts/kubernetes/kube-proxy.ts";
import { kubelet } from "./parts/kubernetes/kubelet.ts";
import type { Daemon, Site } from "./parts/part.ts";
import { prometheus } from "./parts/prometheus/part.ts";
import type { Progress } from "./progress.ts";

/**
 * Starts everything. Throws PartFailed with the first part that does not start; the rest is left to `down`. Images are
 * unpacked beside the control plane's start, and are there before the first pod.
 */
export async function start(site: Site, progress: Progress): Promise<void> {
  const run = (daemon: Daemon) => progress.part(daemon.name, () => startDaemon(site, daemon));
  await progress.part("certificates", () => makeCertificates(site.layout));
  await progress.part("capsule", () => prepareCapsule(site));
  const runtime = run(containerd);
  await all([
    async () => {
      await runtime;
      await progress.part("images", async () => importImages(site, await archivesIn(site.folder("images"))));
    },
    async () => {
      await run(etcd);
      await run(kubeApiserver);
      await progress.part("resources", () => applyResources(site));
      await runtime;
      // kube-proxy looks for its node when it starts, and again only after half a minute.
      const node = progress.part("kubelet", async () => {
        await startDaemon(site, kubelet);
        await nodeIsReady(site);
      });
      await all([
        () => node.then(() => run(kubeProxy)),
        () => run(kubeControllerManager),
        () => run(kubeScheduler),
        () => run(coredns),
        () => run(istiod),
        () => run(prometheus),
        () => run(registry),
      ]);
    },
  ]);
  await all([
    () => progress.part("gateway", () => installGateway(site)),
    () => progress.part("dashboard", () => installDashboard(site)),
    async () => {
      await progress.part("pipelines", () => installPipelines(site));
      await progress.part("triggers", () => installTriggers(site));
    },
  ]);
  await progress.part("tekton", () => tektonIsReady(site));
}

async function prepareCapsule(site: Site): Promise<void> {
  await mkdir(site.layout.logs, { recursive: true });
  await createCgroups();
  await startCapsule(site);
}

/** Roles of our own clients, and every CRD: istiod looks for them when it starts. */
async function applyResources(site: Site): Promise<void> {
  await applyObjects(site, READERS);
  await apply(site, await istioResources(site));
  await apply(site, await tektonResources(site));
  await established(site);
}

/** All at the same time. The first failure is thrown when all have ended, so that nothing goes on behind it. */
async function all(works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const results = await Promise.allSettled(works.map((work) => work()));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function archivesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".tar")).map((name) => join(folder, name));
}

async function nodeIsReady(site: Site): Promise<void> {
  await kubectl(site, ["wait", "--for=create", "--timeout=30s", "node", "--all"]);
  await kubectl(site, ["wait", "--for=condition=Ready", "--timeout=60s", "node", "--all"]);
}
