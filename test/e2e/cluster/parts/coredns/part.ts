/** The cluster's name server. */
import { join } from "node:path";
import { DOMAIN, NODE_ADDRESS } from "../../addresses.ts";
import type { Artefact } from "../../artefacts/artefact.ts";
import { goPrograms } from "../../artefacts/go-programs.ts";
import { kubeconfigOf } from "../../kubeconfig.ts";
import { type Layout, NAME } from "../../layout.ts";
import { answers } from "../../probe.ts";
import { type Daemon, program, sources } from "../part.ts";

const configFile = (layout: Layout) => join(layout.config, "Corefile");

/** With the plugins of `corefile` alone: the clouds' would take longer to build than all of these. */
export const corednsProgram = (root: string): Artefact =>
  goPrograms({
    name: "coredns",
    folder: sources(root, "coredns"),
    programs: { coredns: "tekton-canary/cluster/coredns" },
  });

export const coredns: Daemon = {
  name: "coredns",
  command: (site) => [program(site, "coredns", "coredns"), "-conf", configFile(site.layout)],
  files: ({ layout }) => ({ [configFile(layout)]: corefile(layout) }),
  isReady: () => answers(`http://${NODE_ADDRESS}:8181/ready`),
};

/** Short answers, so that a new Service is found at once. There is nobody to forward other names to. */
export function corefile(layout: Layout): string {
  return `.:53 {
  bind ${NODE_ADDRESS}
  errors
  ready ${NODE_ADDRESS}:8181
  kubernetes ${DOMAIN} in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfigOf(layout, "coredns")} ${NAME}
    pods insecure
    ttl 5
  }
}
`;
}
