/** How an upstream Envoy starts so that istiod can tell it the rest. */
import { DISCOVERY, ISTIO_VERSION } from "../parts/istiod/part.ts";

/** Where a proxy shows its counters, at `/stats/prometheus`. */
export const STATS_PORT = 15090;

/** Envoy's own pages; for its pod alone. */
export const ADMIN_PORT = 15000;

/** What Istio's bootstrap counts of a request to a service, and what tells whether istiod is heard. */
const COUNTED = [
  {
    safe_regex: {
      regex:
        "cluster\\.outbound\\|[^;]*;\\.upstream_(rq_[0-9]xx|rq_[0-9][0-9][0-9]|rq_time|rq_total|rq_completed|rq_active|rq_timeout|rq_retry|cx_active|cx_connect_fail)",
    },
  },
  { prefix: "listener_manager.lds" },
  { prefix: "cluster_manager.cds" },
  { prefix: "control_plane." },
  { contains: ".rds." },
];

const BUCKETS_MS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000];

/** Envoy's bootstrap configuration, without the node, which is the pod's own. */
export function bootstrap(): object {
  const xds = { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "0s" };
  return {
    admin: { address: socket("127.0.0.1", ADMIN_PORT) },
    dynamic_resources: {
      lds_config: xds,
      cds_config: xds,
      ads_config: {
        api_type: "GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [
          {
            envoy_grpc: {
              cluster_name: "xds-grpc",
              // With Envoy's own waits it would follow an istiod that is back only after half a minute.
              retry_policy: { retry_back_off: { base_interval: "0.2s", max_interval: "1s" } },
            },
          },
        ],
      },
    },
    // Histograms are merged this often, so they lag the counters by as much.
    stats_flush_interval: "1s",
    stats_config: {
      // istiod ends its names with ";", of which Envoy's default tags make nonsense.
      use_all_default_tags: false,
      stats_tags: [
        { tag_name: "envoy.cluster_name", regex: "^cluster(\\.(.+);)" },
        { tag_name: "envoy.response_code" },
        { tag_name: "envoy.response_code_class" },
      ],
      stats_matcher: { inclusion_list: { patterns: COUNTED } },
      histogram_bucket_settings: [{ match: { prefix: "cluster.outbound" }, buckets: BUCKETS_MS }],
    },
    static_resources: {
      clusters: [
        cluster("xds-grpc", DISCOVERY.address, DISCOVERY.port, {
          typed_extension_protocol_options: {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
              "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
              explicit_http_config: {
                http2_protocol_options: { connection_keepalive: { interval: "5s", timeout: "2s" } },
              },
            },
          },
        }),
        cluster("admin", "127.0.0.1", ADMIN_PORT),
      ],
      listeners: [statsListener()],
    },
  };
}

/** What an Envoy says about itself: its role, the pod's address and names, which Kubernetes fills in. */
export function node(
  role: "router" | "sidecar",
  workload: string,
  labels: Readonly<Record<string, string>>,
): object {
  return {
    id: `${role}~$(IP)~$(POD).$(NAMESPACE)~$(NAMESPACE).svc.cluster.local`,
    cluster: `${workload}.$(NAMESPACE)`,
    metadata: {
      NAME: "$(POD)",
      NAMESPACE: "$(NAMESPACE)",
      CLUSTER_ID: "Kubernetes",
      ISTIO_VERSION,
      INSTANCE_IPS: "$(IP)",
      LABELS: labels,
      WORKLOAD_NAME: workload,
      SERVICE_ACCOUNT: "default",
      ...(role === "sidecar" ? { INTERCEPTION_MODE: "NONE" } : {}),
    },
  };
}

function socket(address: string, port_value: number): object {
  return { socket_address: { address, port_value } };
}

function cluster(name: string, address: string, port: number, more: object = {}): object {
  return {
    name,
    type: "STATIC",
    connect_timeout: "1s",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(address, port) } }] }],
    },
    ...more,
  };
}

/** The counters and nothing else of the admin pages, for Prometheus. */
function statsListener(): object {
  return {
    name: "stats",
    address: socket("0.0.0.0", STATS_PORT),
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: "stats",
              route_config: {
                virtual_hosts: [
                  {
                    name: "stats",
                    domains: ["*"],
                    routes: [{ match: { path: "/stats/prometheus" }, route: { cluster: "admin" } }],
                  },
                ],
              },
              http_filters: [
                {
                  name: "envoy.filters.http.router",
                  typed_config: {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
                  },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}
