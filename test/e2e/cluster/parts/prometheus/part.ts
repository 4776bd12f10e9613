/** Prometheus, which scrapes the proxies. */
import { join } from "node:path";
import { NODE_ADDRESS, PROMETHEUS } from "../../addresses.ts";
import type { Artefact } from "../../artefacts/artefact.ts";
import { goPrograms } from "../../artefacts/go-programs.ts";
import { kubeconfigOf } from "../../kubeconfig.ts";
import type { Layout } from "../../layout.ts";
import { answers } from "../../probe.ts";
import { type Daemon, program, type Site, sources } from "../part.ts";

const configFile = (layout: Layout) => join(layout.config, "prometheus.json");

/** Prometheus 3.5.3; the API alone, its pages are not in the module. */
export const prometheusProgram = (root: string): Artefact =>
  goPrograms({
    name: "prometheus",
    folder: sources(root, "prometheus"),
    programs: { prometheus: "github.com/prometheus/prometheus/cmd/prometheus" },
    variables: { "github.com/prometheus/common/version.Version": "3.5.3" },
  });

export const prometheus: Daemon = {
  name: "prometheus",
  command: ({ layout, ...site }) => [
    program({ layout, ...site }, "prometheus", "prometheus"),
    `--config.file=${configFile(layout)}`,
    `--storage.tsdb.path=${join(layout.data, "prometheus")}`,
    "--storage.tsdb.retention.time=6h",
    `--web.listen-address=${NODE_ADDRESS}:9090`,
    "--log.level=warn",
  ],
  // JSON is YAML.
  files: (site) => ({ [configFile(site.layout)]: JSON.stringify(prometheusConfiguration(site), null, 2) }),
  isReady: () => answers(`${PROMETHEUS}/-/ready`),
};

/** Every pod that says so by the usual annotations is scraped: `prometheus.io/scrape`, `port` and `path`. */
export function prometheusConfiguration({ layout, options }: Pick<Site, "layout" | "options">): object {
  const interval = `${options.scrapeIntervalSeconds}s`;
  const annotation = (name: string) => `__meta_kubernetes_pod_annotation_prometheus_io_${name}`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [
      {
        job_name: "pods",
        kubernetes_sd_configs: [{ role: "pod", kubeconfig_file: kubeconfigOf(layout, "prometheus") }],
        relabel_configs: [
          { source_labels: [annotation("scrape")], regex: "true", action: "keep" },
          // An ended pod keeps its address in its status for a while.
          { source_labels: ["__meta_kubernetes_pod_phase"], regex: "Succeeded|Failed", action: "drop" },
          { source_labels: [annotation("path")], regex: "(.+)", target_label: "__metrics_path__" },
          {
            source_labels: ["__meta_kubernetes_pod_ip", annotation("port")],
            regex: "([^;]+);([0-9]+)",
            target_label: "__address__",
            replacement: "$1:$2",
          },
          { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
          { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
        ],
        metric_relabel_configs: ISTIO_NAMES,
      },
    ],
  };
}

const CLUSTER = "outbound\\|\\d+\\|([^|]*)\\|([^.]+)\\.([^.]+)\\..*";

/** An upstream Envoy's counters under the names and labels that Istio's own proxy would give them. */
const ISTIO_NAMES = [
  rename("envoy_cluster_upstream_rq", "istio_requests_total"),
  rename("envoy_cluster_upstream_rq_time_(bucket|sum|count)", "istio_request_duration_milliseconds_$1"),
  // An Envoy's other counters are left out; what is not an Envoy's keeps its name.
  { source_labels: ["__name__"], regex: "envoy_.*", action: "drop" },
  fromCluster(CLUSTER, "destination_service_name", "$2"),
  fromCluster(CLUSTER, "destination_service_namespace", "$3"),
  fromCluster(CLUSTER, "destination_workload_namespace", "$3"),
  fromCluster("outbound\\|\\d+\\|[^|]*\\|(.+)", "destination_service", "$1"),
  // Without a subset the Service's name stands for the workload; our subsets are named after their Deployments.
  fromCluster("outbound\\|\\d+\\|\\|([^.]+)\\..*", "destination_workload", "$1"),
  fromCluster("outbound\\|\\d+\\|([^|]+)\\|.*", "destination_workload", "$1"),
  { source_labels: ["envoy_response_code"], regex: "(.+)", target_label: "response_code" },
  { source_labels: ["__name__"], regex: "istio_.*", target_label: "reporter", replacement: "source" },
  { regex: "envoy_.*", action: "labeldrop" },
];

function rename(regex: string, replacement: string) {
  const source_labels = ["__name__", "envoy_cluster_name"];
  return { source_labels, regex: `${regex};outbound\\|.*`, target_label: "__name__", replacement };
}

function fromCluster(regex: string, label: string, replacement: string) {
  return { source_labels: ["envoy_cluster_name"], regex, target_label: label, replacement };
}
