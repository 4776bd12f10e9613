/** The cluster's own network: one /16 that the host reaches through one pair of links. */

export const NETWORK = "10.212.0.0/16";

/** The host's end of the link. What listens here, or on every address, is reachable from pods. */
export const HOST_ADDRESS = "10.212.0.1";

/** The node's end: API server, DNS, istiod, Prometheus and registry listen here. */
export const NODE_ADDRESS = "10.212.0.2";
export const LINK_PREFIX = 30;
export const LINK_NETWORK = "10.212.0.0/30";

export const POD_NETWORK = "10.212.64.0/18";
export const SERVICE_NETWORK = "10.212.128.0/18";

/** The first address of the service network is always the API server's. */
export const KUBERNETES_SERVICE = "10.212.128.1";

/** Fixed, so that a user of the gateway needs to ask nobody. */
export const GATEWAY_SERVICE = "10.212.128.80";
export const DASHBOARD_SERVICE = "10.212.128.97";

export const API_SERVER = `https://${NODE_ADDRESS}:6443`;
export const PROMETHEUS = `http://${NODE_ADDRESS}:9090`;
export const REGISTRY = `${NODE_ADDRESS}:5000`;
export const DOMAIN = "cluster.local";
