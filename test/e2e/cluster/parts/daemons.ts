/** Every process of the cluster that is not in a pod, in the order in which they are listed to people. */
import { coredns } from "./coredns/part.ts";
import { containerd } from "./debian/containerd.ts";
import { registry } from "./debian/registry.ts";
import { etcd } from "./etcd/part.ts";
import { istiod } from "./istiod/part.ts";
import { kubeControllerManager, kubeScheduler } from "./kubernetes/control-loops.ts";
import { kubeApiserver } from "./kubernetes/kube-apiserver.ts";
import { kubeProxy } from "./kubernetes/kube-proxy.ts";
import { kubelet } from "./kubernetes/kubelet.ts";
import type { Daemon } from "./part.ts";
import { prometheus } from "./prometheus/part.ts";

export const DAEMONS: readonly Daemon[] = [
  etcd,
  kubeApiserver,
  kubeControllerManager,
  kubeScheduler,
  containerd,
  kubelet,
  kubeProxy,
  coredns,
  istiod,
  prometheus,
  registry,
];
