/** What the parts have in common: where their folders are, and how a part that is a process is run. */
import { join } from "node:path";
import type { Layout } from "../layout.ts";

/** Folder of a part's sources in the repository. */
export function sources(root: string, part: string): string {
  return join(root, "test/e2e/cluster/parts", part);
}

export type ArtefactName =
  | "kubernetes"
  | "istiod"
  | "prometheus"
  | "pipelines"
  | "tkn"
  | "coredns"
  | "etcd"
  | "dashboard"
  | "triggers"
  | "reaper"
  | "debian"
  | "envoy"
  | "dashboard-pages"
  | "images";

export interface Options {
  /** Between two scrapes of Prometheus, in seconds. */
  readonly scrapeIntervalSeconds: number;
}

/** What a part may know of the cluster that it is in. */
export interface Site {
  readonly layout: Layout;
  readonly options: Options;
  /** The finished folder of an artefact. */
  folder(name: ArtefactName): string;
}

/** A process of the cluster that is not in a pod. */
export interface Daemon {
  readonly name: string;
  /** Program and arguments. */
  command(site: Site): readonly string[];
  /** Variables beside those that every daemon gets. */
  environment?(site: Site): Readonly<Record<string, string>>;
  /** Files that must be there first, by path. */
  files?(site: Site): Readonly<Record<string, string>>;
  /** Whether it does its work. An error means not yet. */
  isReady(site: Site): Promise<boolean>;
}

/** Path of a Go part's program. */
export function program(site: Site, part: ArtefactName, name: string): string {
  return join(site.folder(part), "bin", name);
}
