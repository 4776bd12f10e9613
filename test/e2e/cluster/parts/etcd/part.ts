/** The API server's store. */
import { join } from "node:path";
import { NODE_ADDRESS } from "../../addresses.ts";
import type { Artefact } from "../../artefacts/artefact.ts";
import { goPrograms } from "../../artefacts/go-programs.ts";
import { answers } from "../../probe.ts";
import { type Daemon, program, sources } from "../part.ts";

export const etcdPrograms = (root: string): Artefact =>
  goPrograms({
    name: "etcd",
    folder: sources(root, "etcd"),
    programs: { etcd: "go.etcd.io/etcd/server/v3", etcdctl: "go.etcd.io/etcd/etcdctl/v3" },
  });

const HEALTH = `http://${NODE_ADDRESS}:2381`;

/** Clients on loopback inside the capsule only. Nothing it holds outlives the cluster, so it need not wait for the disk. */
export const etcd: Daemon = {
  name: "etcd",
  command: (site) => [
    program(site, "etcd", "etcd"),
    `--data-dir=${join(site.layout.data, "etcd")}`,
    "--listen-client-urls=http://127.0.0.1:2379",
    "--advertise-client-urls=http://127.0.0.1:2379",
    "--listen-peer-urls=http://127.0.0.1:2380",
    "--initial-advertise-peer-urls=http://127.0.0.1:2380",
    "--initial-cluster=default=http://127.0.0.1:2380",
    `--listen-metrics-urls=${HEALTH}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
  ],
  isReady: () => answers(`${HEALTH}/health`),
};
