/** What a cluster must offer for scenarios to be played on it, and how ours does. */
import type { Part } from "../../../sandbox/scenario/world.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { pushBundle } from "../bundles/push.ts";
import { importImages, killPart, type State, startPart, stopPart } from "../cluster/cluster.ts";
import { run } from "../cluster/command.ts";
import { until } from "../cluster/waiting.ts";
import { type Door, openEntrance } from "./entrance.ts";
import { type Kubectl, kubectlOf } from "./kubectl.ts";

export interface Ground {
  readonly kubectl: Kubectl;
  readonly kubeconfig: string;
  /** As pods see it. */
  readonly prometheusUrl: string;
  /** This machine as pods see it. */
  readonly hostAddress: string;
  /** Whether its processes can be killed and its parts taken away. */
  readonly isOwn: boolean;
  /** The folder of its parts' logs, the API server's audit log among them. */
  readonly logs?: string;
  /** Base URL of its Dashboard. */
  readonly dashboard?: string;
  /** Puts our Tasks and Pipeline into its registry as a bundle; gives the reference. */
  pushBundle?(root: string): Promise<string>;
  /** Puts images where the cluster's nodes find them. */
  importImages(archives: readonly string[]): Promise<void>;
  /** The users' way in, in that namespace. */
  openDoor(objects: readonly KubeObject[], namespace: string): Promise<Door & Closing>;
  /** An address of a Service that this machine can call, once something listens there. */
  reach(namespace: string, service: string, port: number): Promise<{ readonly url: string } & Closing>;
  /** Starts the run's spec again, as a user does; gives the new run's name. */
  rerun(namespace: string, pipelineRun: string): Promise<string>;
  /** Takes a part away; resolves, when it is away, to the way to bring it back. */
  outage(part: Part): Promise<() => Promise<void>>;
}

interface Closing {
  close(): Promise<void>;
}

/** API server and istiod get no time to say goodbye; a Prometheus that is stopped keeps what it knows. */
const PARTS = {
  api: { name: "kube-apiserver", end: killPart },
  mesh: { name: "istiod", end: killPart },
  metrics: { name: "prometheus", end: stopPart },
} as const satisfies Record<Part, { name: string; end: (name: string) => Promise<void> }>;

/** The cluster of `npm run cluster`. */
export function ownGround(cluster: State): Ground {
  const tkn = (args: readonly string[]) =>
    run(cluster.tkn, [`--kubeconfig=${cluster.kubeconfig}`, ...args], { timeoutMs: 60_000 });
  const kubectl = kubectlOf(cluster);
  return {
    kubectl,
    kubeconfig: cluster.kubeconfig,
    prometheusUrl: cluster.prometheus,
    hostAddress: cluster.hostAddress,
    isOwn: true,
    logs: cluster.logs,
    dashboard: cluster.dashboard,
    pushBundle: (root) => pushBundle({ tkn: cluster.tkn, kubectl, registry: cluster.registry, root }),
    importImages,
    openDoor: async (objects, namespace) => ({
      ...(await openEntrance(kubectl, objects, namespace)),
      close: async () => {},
    }),
    async reach(namespace, service, port) {
      const target = ["service", service, `--namespace=${namespace}`, "-o", "jsonpath={.spec.clusterIP}"];
      const url = `http://${await kubectl(["get", ...target])}:${port}`;
      await answering(url);
      return { url, close: async () => {} };
    },
    async rerun(namespace, name) {
      const how = ["--use-pipelinerun", name, "--namespace", namespace, "--output", "name"];
      const told = await tkn(["pipeline", "start", "canary-release", ...how]);
      return told.trim().replace(/^.*\//, "");
    },
    async outage(part) {
      const { name, end } = PARTS[part];
      await end(name);
      return () => startPart(name);
    },
  };
}

/** A Service's rules reach the node a moment after its pod is ready. */
async function answering(url: string): Promise<void> {
  const asked = () => fetch(url, { signal: AbortSignal.timeout(1000) }).then(() => true);
  await until(`something answers at ${url}`, asked, { timeoutMs: 30_000, everyMs: 100 });
}
