/** Folders, configurations and names that the parts of a cluster are started with. */
import { describe, expect, test } from "vitest";
import { foldersToCreate } from "../e2e/cluster/capsule/capsule.ts";
import { hierarchies } from "../e2e/cluster/capsule/cgroups.ts";
import { kubeconfig } from "../e2e/cluster/kubeconfig.ts";
import { cacheFolder, layoutOf } from "../e2e/cluster/layout.ts";
import { bootstrap, node } from "../e2e/cluster/mesh/bootstrap.ts";
import { containerdConfiguration } from "../e2e/cluster/parts/debian/containerd.ts";
import { kubeletConfiguration } from "../e2e/cluster/parts/kubernetes/kubelet.ts";
import type { Site } from "../e2e/cluster/parts/part.ts";
import { prometheusConfiguration } from "../e2e/cluster/parts/prometheus/part.ts";
import { duration } from "../e2e/cluster/progress.ts";

const layout = layoutOf("/cache/cluster");
const site: Site = {
  layout,
  options: { scrapeIntervalSeconds: 2 },
  folder: (name) => `/cache/cluster/parts/${name}-1`,
};

describe("folders", () => {
  test("of the cache follow XDG", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: "/xdg" })).toBe("/xdg/tekton-canary/cluster");
    expect(cacheFolder({ XDG_CACHE_HOME: "" })).toMatch(/\/\.cache\/tekton-canary\/cluster$/);
  });

  test("that only the cluster needs are created, the outermost first, and those of others are not", () => {
    const there = ["/run", "/run/netns", "/var", "/var/lib", "/var/log", "/run/containerd", "/var/lib/cni"];
    expect(foldersToCreate((folder) => there.includes(folder))).toEqual([
      "/var/lib/kubelet",
      "/var/log/containers",
    ]);
  });

  test("of cgroups are found in both versions", () => {
    const mounts = [
      "tmpfs /sys/fs/cgroup tmpfs rw 0 0",
      "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0",
      "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
    ].join("\n");
    expect(hierarchies(mounts)).toEqual(["/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified"]);
  });
});

describe("configurations", () => {
  test("of kubelet and containerd keep everything in the cluster's folder", () => {
    const paths = (text: string) =>
      [...text.matchAll(/"(?:unix:\/\/)?(\/[^"]*\/[^"]*)"/g)].map(([, path]) => path);
    const found = [
      ...paths(JSON.stringify(kubeletConfiguration(layout))),
      ...paths(containerdConfiguration(site)),
    ];
    expect(found.length).toBeGreaterThan(8);
    expect(found.filter((path) => !path?.startsWith("/cache/cluster/"))).toEqual([]);
  });

  test("of Prometheus scrape as often as asked for", () => {
    expect(prometheusConfiguration(site)).toMatchObject({
      global: { scrape_interval: "2s", scrape_timeout: "2s" },
    });
  });

  test("of a client hold its certificate in themselves", () => {
    const { users } = JSON.parse(kubeconfig({ ca: "CA", certificate: "CERT", key: "KEY" }));
    expect(users[0].user["client-key-data"]).toBe(Buffer.from("KEY").toString("base64"));
  });
});

describe("relabelling", () => {
  interface Rule {
    readonly source_labels?: readonly string[];
    readonly regex: string;
    readonly target_label?: string;
    readonly replacement?: string;
    readonly action?: string;
  }
  const { scrape_configs } = prometheusConfiguration(site) as {
    scrape_configs: readonly { metric_relabel_configs: readonly Rule[] }[];
  };
  const rules = scrape_configs[0]?.metric_relabel_configs ?? [];

  /** What Prometheus does with a series, as its documentation has it: anchored expressions, in order. */
  function relabel(series: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
    let labels: Record<string, string> = { ...series };
    for (const { source_labels = [], regex, target_label = "", replacement = "$1", action } of rules) {
      const expression = new RegExp(`^(?:${regex})$`);
      if (action === "labeldrop") {
        labels = Object.fromEntries(Object.entries(labels).filter(([name]) => !expression.test(name)));
        continue;
      }
      const value = source_labels.map((name) => labels[name] ?? "").join(";");
      if (action === "drop" && expression.test(value)) return undefined;
      if (action === undefined && expression.test(value)) {
        labels[target_label] = value.replace(expression, replacement);
      }
    }
    return labels;
  }

  test("makes Istio's names and labels of an Envoy's", () => {
    expect(
      relabel({
        __name__: "envoy_cluster_upstream_rq",
        envoy_cluster_name: "outbound|8080|web-v2|web.shop.svc.cluster.local",
        envoy_response_code: "503",
      }),
    ).toEqual({
      __name__: "istio_requests_total",
      destination_service: "web.shop.svc.cluster.local",
      destination_service_name: "web",
      destination_service_namespace: "shop",
      destination_workload: "web-v2",
      destination_workload_namespace: "shop",
      reporter: "source",
      response_code: "503",
    });
  });

  test("takes the Service's name for the workload where there is no subset", () => {
    expect(
      relabel({
        __name__: "envoy_cluster_upstream_rq_time_bucket",
        envoy_cluster_name: "outbound|8080||web.shop.svc.cluster.local",
        le: "50",
      }),
    ).toMatchObject({
      __name__: "istio_request_duration_milliseconds_bucket",
      destination_workload: "web",
      le: "50",
    });
  });

  test("leaves an Envoy's other counters out, and an application's own as they are", () => {
    const own = { __name__: "shop_orders_total", code: "7" };
    expect(
      relabel({ __name__: "envoy_cluster_upstream_cx_active", envoy_cluster_name: "x" }),
    ).toBeUndefined();
    expect(
      relabel({ __name__: "envoy_cluster_upstream_rq", envoy_cluster_name: "xds-grpc" }),
    ).toBeUndefined();
    expect(relabel(own)).toEqual(own);
  });
});

describe("an Envoy", () => {
  test("is known to istiod by its role and its pod", () => {
    expect(node("sidecar", "caller", { app: "caller" })).toMatchObject({
      id: "sidecar~$(IP)~$(POD).$(NAMESPACE)~$(NAMESPACE).svc.cluster.local",
      metadata: { INTERCEPTION_MODE: "NONE", LABELS: { app: "caller" } },
    });
    expect(JSON.stringify(node("router", "gw", {}))).not.toContain("INTERCEPTION_MODE");
  });

  test("asks istiod again within a second when it was away", () => {
    expect(JSON.stringify(bootstrap())).toContain('"max_interval":"1s"');
  });
});

test("durations read as a person says them", () => {
  expect([870, 59_940, 75_000].map(duration)).toEqual(["0.9 s", "59.9 s", "1 m 15 s"]);
});
