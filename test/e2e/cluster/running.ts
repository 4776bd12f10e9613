/** The cluster that runs, as its record and its processes tell. */
import { DASHBOARD_SERVICE, GATEWAY_SERVICE, HOST_ADDRESS, PROMETHEUS, REGISTRY } from "./addresses.ts";
import { isRunning } from "./capsule/daemons.ts";
import { type Running, readRecord } from "./capsule/record.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { layoutOf } from "./layout.ts";
import { DAEMONS } from "./parts/daemons.ts";
import { program, type Site } from "./parts/part.ts";

/** Where the running cluster answers. */
export interface State {
  readonly kubeconfig: string;
  /** The ingress gateway's port 80. */
  readonly gateway: string;
  readonly prometheus: string;
  readonly dashboard: string;
  /** `host:port` for image names; plain HTTP. */
  readonly registry: string;
  /** The host as pods see it. */
  readonly hostAddress: string;
  readonly kubectl: string;
  readonly tkn: string;
  readonly logs: string;
  readonly scrapeIntervalSeconds: number;
  /** Daemons and whether each has a process. */
  readonly parts: Readonly<Record<string, boolean>>;
}

/** Whether every daemon has a process. */
export function allRun({ parts }: Pick<State, "parts">): boolean {
  return Object.values(parts).every((runs) => runs);
}

/** The record of the cluster. Throws when there is none. */
export async function running(): Promise<Running> {
  const record = await readRecord();
  if (record === undefined) throw new Error("There is no cluster: npm run cluster -- up starts one.");
  return record;
}

/** What the parts may know of it. */
export function siteOf({ cache, options, folders }: Running): Site {
  return { layout: layoutOf(cache), options, folder: (name) => folders[name] };
}

/** Where it answers. */
export async function describe(record: Running): Promise<State> {
  const site = siteOf(record);
  const parts = await Promise.all(
    DAEMONS.map(async (daemon) => [daemon.name, await isRunning(site, daemon)] as const),
  );
  return {
    kubeconfig: kubeconfigOf(site.layout, "admin"),
    gateway: `http://${GATEWAY_SERVICE}`,
    prometheus: PROMETHEUS,
    dashboard: `http://${DASHBOARD_SERVICE}:9097`,
    registry: REGISTRY,
    hostAddress: HOST_ADDRESS,
    kubectl: program(site, "kubernetes", "kubectl"),
    tkn: program(site, "tkn", "tkn"),
    logs: site.layout.logs,
    scrapeIntervalSeconds: record.options.scrapeIntervalSeconds,
    parts: Object.fromEntries(parts),
  };
}
