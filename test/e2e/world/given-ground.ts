/** A cluster that its user has already, with Tekton, Triggers, Istio with injection, and Prometheus in it. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rerunOf } from "../../../sandbox/tekton/rerun.ts";
import { PIPELINE_NAMESPACE } from "../../../sandbox/world/install.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { run } from "../cluster/command.ts";
import { until } from "../cluster/waiting.ts";
import type { Ground } from "./ground.ts";
import { type Kubectl, kubectlOf } from "./kubectl.ts";
import { openMeshedEntrance } from "./meshed-entrance.ts";
import { isOurs } from "./namespaces.ts";
import { UnfitCluster } from "./unfit.ts";

/** Cluster-wide, and part of the bundle. */
const DEFINITION = "experiments.iter8.tools";

export interface Given {
  readonly kubeconfig: string;
  /** This machine as pods see it. */
  readonly hostAddress: string;
  /** As pods see it. */
  readonly prometheusUrl: string;
  /** The command that gives the nodes an image archive; `{}` stands for the file. */
  readonly load: string;
}

/** Throws UnfitCluster when the bundle, or what it brings, is installed there: the suite would end with removing it. */
export async function givenGround(given: Given): Promise<Ground> {
  const kubectl = kubectlOf({ kubectl: "kubectl", kubeconfig: given.kubeconfig });
  await refuseInstalled(kubectl);
  const reach: Ground["reach"] = (namespace, service, port) => forward(given, namespace, service, port);
  return {
    kubectl,
    kubeconfig: given.kubeconfig,
    prometheusUrl: given.prometheusUrl,
    hostAddress: given.hostAddress,
    isOwn: false,
    async importImages(archives) {
      for (const archive of archives) await run("sh", ["-c", given.load.replaceAll("{}", `'${archive}'`)]);
    },
    openDoor: (objects, namespace) => openMeshedEntrance(kubectl, objects, namespace, reach),
    reach,
    async rerun(namespace, name) {
      const found = await kubectl(["get", "pipelinerun", name, `--namespace=${namespace}`, "-o", "json"]);
      const again = rerunOf(JSON.parse(found) as KubeObject, () => randomBytes(1).readUInt8() / 256);
      await kubectl(["create", "-f", "-"], JSON.stringify(again));
      return again.metadata.name;
    },
    outage: (part) => Promise.reject(new Error(`an outage of ${part} is not possible on this cluster`)),
  };
}

/** What an interrupted suite has left is told by its namespace: then the resource definition is its own too. */
export async function refuseInstalled(kubectl: Kubectl): Promise<void> {
  const find = (kind: string, name: string) =>
    kubectl(["get", kind, name, "--ignore-not-found", "--output=json"]);
  const namespace = await find("namespace", PIPELINE_NAMESPACE);
  if (namespace !== "") {
    if (isOurs(JSON.parse(namespace) as KubeObject)) return;
    throw new UnfitCluster(
      `The cluster has a namespace ${PIPELINE_NAMESPACE} that this suite did not make; it would be removed. Use another cluster, or delete it first.`,
    );
  }
  if ((await find("customresourcedefinition", DEFINITION)) === "") return;
  throw new UnfitCluster(
    `The cluster has the resource definition ${DEFINITION}; it would be removed, and every Experiment with it. Use another cluster, or delete it first.`,
  );
}

/** `kubectl port-forward` to a port that is free here, as soon as there is a pod to forward to. */
async function forward(
  { kubeconfig }: Given,
  namespace: string,
  service: string,
  port: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const target = [`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, "port-forward"];
  let child: ChildProcess | undefined;
  let url = "";
  const attempt = async () => {
    child = spawn("kubectl", [...target, `service/${service}`, `:${port}`], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    url = `http://127.0.0.1:${await localPort(child)}`;
    return true;
  };
  await until(`port ${port} of Service ${namespace}/${service} is forwarded`, attempt, {
    timeoutMs: 60_000,
    everyMs: 1000,
  });
  return {
    url,
    async close() {
      child?.kill();
    },
  };
}

/** From `Forwarding from 127.0.0.1:40123 -> 8080`. */
function localPort(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (data: Buffer) => {
      said += data.toString();
      const port = /from 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(port);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`exit code ${code}: ${said.trim()}`)));
  });
}
