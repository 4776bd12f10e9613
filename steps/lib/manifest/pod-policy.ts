/**
 * What pods of a push must not have: what the Pod Security Standard "baseline" forbids, volumes other than those of its
 * "restricted", and what is the pipeline's own. `allowPrivilegeEscalation` is not looked at: left out it means true, so
 * refusing it only where it is written would protect nobody. Where pods run is the cluster's business.
 */
import { containerFindings, contextFindings } from "./container-policy.ts";
import { type FieldPath, isRecord, isSet, listAt, valueAt } from "./plain-data.ts";
import type { Finding } from "./problem.ts";
import { references, SECRET_FIELDS } from "./references.ts";

export interface PodPolicy {
  /** Service accounts of the pipeline: a pod under one of them could do what the pipeline can. */
  readonly forbiddenServiceAccounts: readonly string[];
  /** Secrets of the pipeline, beside the tokens of those service accounts. */
  readonly forbiddenSecrets: readonly string[];
}

const TEMPLATE: FieldPath = ["spec", "template"];
const POD: FieldPath = [...TEMPLATE, "spec"];
const VOLUMES = [
  ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"],
  ...["persistentVolumeClaim", "projected", "secret"],
];
const SYSCTLS = [
  ...["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports"],
  ...["net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout"],
  ...["net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time"],
  ...["net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem"],
];
/** With these the sidecar injector adds volumes, images and containers that nobody has looked at. */
const INJECTION =
  /^(sidecar\.istio\.io\/(userVolume|userVolumeMount|proxyImage|bootstrapOverride)|inject\.istio\.io\/.*|proxy\.istio\.io\/overrides)$/;
const APPARMOR = /^container\.apparmor\.security\.beta\.kubernetes\.io\//;

/** The Secrets that Kubernetes and OpenShift make for a service account begin like this after its name. */
const TOKEN_SUFFIXES = ["-token", "-dockercfg"];

/** What is wrong with the pod template of a Deployment. */
export function* podFindings(deployment: unknown, policy: PodPolicy): Iterable<Finding> {
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) {
    const path = [...POD, field];
    if (valueAt(deployment, path) === true)
      yield { path, message: "must not be true: pods stay off the node" };
  }
  yield* annotationFindings(deployment);
  yield* identityFindings(deployment, policy);
  for (const [index, volume] of listAt(deployment, [...POD, "volumes"]).entries()) {
    for (const [kind, source] of Object.entries(isRecord(volume) ? volume : {})) {
      if (kind === "name" || VOLUMES.includes(kind) || !isSet(source)) continue;
      const message = `must not be used, only ${VOLUMES.join(", ")}: pods stay off the node's disk`;
      yield { path: [...POD, "volumes", index, kind], message };
    }
  }
  const context = [...POD, "securityContext"];
  yield* contextFindings(deployment, context);
  for (const index of listAt(deployment, [...context, "sysctls"]).keys()) {
    const path = [...context, "sysctls", index, "name"];
    const name = valueAt(deployment, path);
    if (!SYSCTLS.includes(String(name)))
      yield { path, message: `must be one of ${SYSCTLS.join(", ")}, not ${JSON.stringify(name)}` };
  }
  for (const field of ["containers", "initContainers", "ephemeralContainers"]) {
    for (const index of listAt(deployment, [...POD, field]).keys()) {
      yield* containerFindings(deployment, [...POD, field, index]);
    }
  }
}

function* annotationFindings(deployment: unknown): Iterable<Finding> {
  const at = [...TEMPLATE, "metadata", "annotations"];
  const annotations = valueAt(deployment, at);
  for (const [key, value] of Object.entries(isRecord(annotations) ? annotations : {})) {
    const path = [...at, key];
    if (INJECTION.test(key))
      yield { path, message: "must not be set: it changes what is injected into the pods" };
    if (APPARMOR.test(key) && !/^(runtime\/default|localhost\/.*)$/.test(String(value)))
      yield { path, message: `must be runtime/default or localhost/..., not ${JSON.stringify(value)}` };
  }
}

/** As whom the pods would act, and with whose Secrets. */
function* identityFindings(deployment: unknown, policy: PodPolicy): Iterable<Finding> {
  const { forbiddenServiceAccounts, forbiddenSecrets } = policy;
  for (const field of ["serviceAccountName", "serviceAccount"]) {
    const path = [...POD, field];
    const account = valueAt(deployment, path);
    if (typeof account === "string" && forbiddenServiceAccounts.includes(account)) {
      yield { path, message: `must not be ${account}: that is a service account of the pipeline` };
    }
  }
  for (const { path, name } of references(valueAt(deployment, POD), SECRET_FIELDS, POD)) {
    const isToken = forbiddenServiceAccounts.some((account) =>
      TOKEN_SUFFIXES.some((suffix) => name.startsWith(account + suffix)),
    );
    if (isToken || forbiddenSecrets.includes(name))
      yield { path, message: `must not be ${name}: that is a Secret of the pipeline` };
  }
}
