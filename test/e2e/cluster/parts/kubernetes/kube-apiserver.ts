import { join } from "node:path";
import { API_SERVER, NODE_ADDRESS, SERVICE_NETWORK } from "../../addresses.ts";
import { answers } from "../../probe.ts";
import { type Daemon, program } from "../part.ts";

const ISSUER = "https://kubernetes.default.svc.cluster.local";

export const kubeApiserver: Daemon = {
  name: "kube-apiserver",
  command: (site) => {
    const pki = (file: string) => join(site.layout.pki, file);
    return [
      program(site, "kubernetes", "kube-apiserver"),
      "--etcd-servers=http://127.0.0.1:2379",
      `--bind-address=${NODE_ADDRESS}`,
      `--advertise-address=${NODE_ADDRESS}`,
      `--service-cluster-ip-range=${SERVICE_NETWORK}`,
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--allow-privileged=true",
      "--endpoint-reconciler-type=lease",
      "--profiling=false",
      `--client-ca-file=${pki("ca.crt")}`,
      `--tls-cert-file=${pki("kube-apiserver.crt")}`,
      `--tls-private-key-file=${pki("kube-apiserver.key")}`,
      `--service-account-issuer=${ISSUER}`,
      `--service-account-signing-key-file=${pki("service-accounts.key")}`,
      `--service-account-key-file=${pki("service-accounts.pub")}`,
      `--kubelet-certificate-authority=${pki("ca.crt")}`,
      `--kubelet-client-certificate=${pki("kubelet-client.crt")}`,
      `--kubelet-client-key=${pki("kubelet-client.key")}`,
      "--kubelet-preferred-address-types=InternalIP,Hostname",
      `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`,
      "--requestheader-allowed-names=front-proxy-client",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-username-headers=X-Remote-User",
      `--proxy-client-cert-file=${pki("front-proxy-client.crt")}`,
      `--proxy-client-key-file=${pki("front-proxy-client.key")}`,
      "--enable-aggregator-routing=true",
    ];
  },
  isReady: () => answers(`${API_SERVER}/readyz`),
};
