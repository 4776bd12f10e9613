/** The cluster's certificates, made anew at every start by openssl. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KUBERNETES_SERVICE, NODE_ADDRESS } from "./addresses.ts";
import { run } from "./command.ts";
import {
  API_SERVER_NAMES,
  CLIENTS,
  type ClientName,
  kubeconfig,
  kubeconfigOf,
  NODE_NAME,
} from "./kubeconfig.ts";
import type { Layout } from "./layout.ts";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const DAYS = "3650";

interface Certificate {
  readonly file: string;
  readonly subject: string;
  readonly authority?: string;
  readonly names?: readonly string[];
}

const AUTHORITIES: readonly Certificate[] = [
  { file: "ca", subject: "/CN=tekton-canary-cluster" },
  { file: "front-proxy-ca", subject: "/CN=front-proxy-ca" },
];

const LEAVES: readonly Certificate[] = [
  {
    file: "kube-apiserver",
    subject: "/CN=kube-apiserver",
    names: [...API_SERVER_NAMES, `IP:${KUBERNETES_SERVICE}`],
  },
  {
    file: "kubelet-serving",
    subject: `/O=system:nodes/CN=system:node:${NODE_NAME}`,
    names: [`DNS:${NODE_NAME}`, `IP:${NODE_ADDRESS}`],
  },
  { file: "kubelet-client", subject: "/O=system:masters/CN=kube-apiserver-kubelet-client" },
  { file: "front-proxy-client", subject: "/CN=front-proxy-client", authority: "front-proxy-ca" },
  ...Object.entries(CLIENTS).map(([name, { subject }]) => ({ file: `client-${name}`, subject })),
];

/** Fills the `pki` folder, and writes a kubeconfig for every client. */
export async function makeCertificates(layout: Layout): Promise<void> {
  await mkdir(layout.pki, { recursive: true, mode: 0o700 });
  await mkdir(layout.config, { recursive: true });
  const path = (file: string) => join(layout.pki, file);
  const make = ({ file, subject, authority = "ca", names = [] }: Certificate, own = false) =>
    run("openssl", [
      "req",
      "-x509",
      ...KEY,
      "-days",
      DAYS,
      "-subj",
      subject,
      "-keyout",
      path(`${file}.key`),
      "-out",
      path(`${file}.crt`),
      ...(own ? [] : ["-CA", path(`${authority}.crt`), "-CAkey", path(`${authority}.key`)]),
      ...(own ? [] : ["-addext", "basicConstraints=critical,CA:FALSE"]),
      ...(names.length === 0 ? [] : ["-addext", `subjectAltName=${names.join(",")}`]),
    ]);
  for (const authority of AUTHORITIES) await make(authority, true);
  for (const leaf of LEAVES) await make(leaf);
  await run("openssl", ["genrsa", "-out", path("service-accounts.key"), "2048"]);
  await run("openssl", [
    "rsa",
    "-in",
    path("service-accounts.key"),
    "-pubout",
    "-out",
    path("service-accounts.pub"),
  ]);
  for (const name of Object.keys(CLIENTS) as ClientName[]) await writeKubeconfig(layout, name);
}

async function writeKubeconfig(layout: Layout, client: ClientName): Promise<void> {
  const read = (file: string) => readFile(join(layout.pki, file), "utf8");
  const text = kubeconfig({
    ca: await read("ca.crt"),
    certificate: await read(`client-${client}.crt`),
    key: await read(`client-${client}.key`),
  });
  await writeFile(kubeconfigOf(layout, client), text, { mode: 0o600 });
}
