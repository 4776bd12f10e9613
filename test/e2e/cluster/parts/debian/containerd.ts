/** The container runtime, and the network of its pods. */
import { join } from "node:path";
import { POD_NETWORK, REGISTRY } from "../../addresses.ts";
import { run } from "../../command.ts";
import { imageName } from "../../images/names.ts";
import type { Layout } from "../../layout.ts";
import type { Daemon, Site } from "../part.ts";
import { debianFile } from "./part.ts";

const configFile = (layout: Layout) => join(layout.config, "containerd.toml");
const networkFile = (layout: Layout) => join(layout.config, "cni/10-cluster.conflist");

/** A socket's path may have 107 characters: the cache folder must not be very deep. */
export const containerdSocket = (layout: Layout): string => join(layout.data, "containerd.sock");

export const containerd: Daemon = {
  name: "containerd",
  command: (site) => [debianFile(site, "usr/bin/containerd"), "--config", configFile(site.layout)],
  files: (site) => ({
    [configFile(site.layout)]: containerdConfiguration(site),
    [networkFile(site.layout)]: JSON.stringify(podNetwork(site.layout), null, 2),
  }),
  isReady: async (site) => {
    await ctr(site, ["version"]);
    return true;
  },
};

/** Runs containerd's own client in the namespace that the kubelet uses. */
export function ctr(site: Site, args: readonly string[]): Promise<string> {
  const socket = containerdSocket(site.layout);
  return run(debianFile(site, "usr/bin/ctr"), ["--address", socket, "--namespace", "k8s.io", ...args], {
    bound: true,
  });
}

/** containerd 1.6's TOML. */
export function containerdConfiguration(site: Site): string {
  const { layout } = site;
  const text = (value: string) => JSON.stringify(value);
  const socket = containerdSocket(layout);
  return `version = 2
root = ${text(join(layout.data, "containerd/root"))}
state = ${text(join(layout.data, "containerd/state"))}

[grpc]
  address = ${text(socket)}

[ttrpc]
  address = ${text(`${socket}.ttrpc`)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(layout.data, "containerd/opt"))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(imageName("pause"))}
  disable_apparmor = true
  # Without the right to lower an OOM score no sandbox would start.
  restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = ${text(debianFile(site, "usr/lib/cni"))}
  conf_dir = ${text(join(layout.config, "cni"))}

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
  BinaryName = ${text(debianFile(site, "usr/sbin/runc"))}

[plugins."io.containerd.grpc.v1.cri".registry.mirrors.${text(REGISTRY)}]
  endpoint = [${text(`http://${REGISTRY}`)}]
`;
}

/** A point-to-point link per pod, without masquerading: everybody sees who asks. */
export function podNetwork(layout: Layout): object {
  return {
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      {
        type: "ptp",
        ipMasq: false,
        ipam: {
          type: "host-local",
          dataDir: join(layout.data, "cni"),
          ranges: [[{ subnet: POD_NETWORK }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true }, snat: true },
    ],
  };
}
