/** Everything that the cluster is made of, those that take longest first. */
import { clusterImages } from "../images/cluster-images.ts";
import { corednsProgram } from "../parts/coredns/part.ts";
import { dashboardPages, dashboardProgram } from "../parts/dashboard/part.ts";
import { debianFiles } from "../parts/debian/part.ts";
import { envoyProgram } from "../parts/envoy/part.ts";
import { etcdPrograms } from "../parts/etcd/part.ts";
import { istiodProgram } from "../parts/istiod/part.ts";
import { kubernetesPrograms } from "../parts/kubernetes/part.ts";
import type { ArtefactName } from "../parts/part.ts";
import { pipelinesPrograms } from "../parts/pipelines/part.ts";
import { prometheusProgram } from "../parts/prometheus/part.ts";
import { reaperProgram } from "../parts/reaper/part.ts";
import { tknProgram } from "../parts/tkn/part.ts";
import { triggersPrograms } from "../parts/triggers/part.ts";
import type { Artefact } from "./artefact.ts";

/** By name; `root` is the repository's. Reads the pins, and builds nothing. */
export function artefactsOf(root: string): Readonly<Record<ArtefactName, Artefact>> {
  const reaper = reaperProgram(root);
  const pipelines = pipelinesPrograms(root);
  const triggers = triggersPrograms(root);
  const dashboard = dashboardProgram(root);
  const pages = dashboardPages(root);
  const envoy = envoyProgram(root);
  const debian = debianFiles();
  return {
    kubernetes: kubernetesPrograms(root),
    istiod: istiodProgram(root),
    pipelines,
    tkn: tknProgram(root),
    prometheus: prometheusProgram(root),
    coredns: corednsProgram(root),
    triggers,
    dashboard,
    etcd: etcdPrograms(root),
    reaper,
    "dashboard-pages": pages,
    debian,
    envoy,
    images: clusterImages({ reaper, pipelines, triggers, dashboard, dashboardPages: pages, envoy, debian }),
  };
}
