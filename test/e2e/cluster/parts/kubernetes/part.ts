/** The programs of Kubernetes, built together: they share most packages. */
import type { Artefact } from "../../artefacts/artefact.ts";
import { goPrograms } from "../../artefacts/go-programs.ts";
import { sources } from "../part.ts";

const VERSION = { gitVersion: "v1.36.3", gitMajor: "1", gitMinor: "36" };

const NAMES = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
];

/** Tekton and kubectl look at the version that the API server says. */
const variables = Object.fromEntries(
  ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) =>
    Object.entries(VERSION).map(([name, value]) => [`${path}.${name}`, value]),
  ),
);

export const kubernetesPrograms = (root: string): Artefact =>
  goPrograms({
    name: "kubernetes",
    folder: sources(root, "kubernetes"),
    programs: Object.fromEntries(NAMES.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
    variables,
  });
