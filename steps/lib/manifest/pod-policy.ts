/**
 * What pods of a push must not have: what reaches the node (the Pod Security Standard "baseline" without its rules on
 * AppArmor, SELinux, seccomp and sysctls) and service accounts of the pipeline. `allowPrivilegeEscalation` is not
 * looked at: left out it means true, so refusing it only where it is written would protect nobody.
 */
import { type FieldPath, listAt, valueAt } from "./plain-data.ts";
import type { Finding } from "./problem.ts";

const POD: FieldPath = ["spec", "template", "spec"];
const CAPABILITIES = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

/** What is wrong with the pod template of a Deployment. */
export function* podFindings(
  deployment: unknown,
  forbiddenServiceAccounts: readonly string[],
): Iterable<Finding> {
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) {
    const path = [...POD, field];
    if (valueAt(deployment, path) === true)
      yield { path, message: "must not be true: pods stay off the node" };
  }
  for (const field of ["serviceAccountName", "serviceAccount"]) {
    const path = [...POD, field];
    const account = valueAt(deployment, path);
    if (typeof account === "string" && forbiddenServiceAccounts.includes(account)) {
      yield { path, message: `must not be ${account}: that is a service account of the pipeline` };
    }
  }
  for (const index of listAt(deployment, [...POD, "volumes"]).keys()) {
    const path = [...POD, "volumes", index, "hostPath"];
    if (isSet(valueAt(deployment, path)))
      yield { path, message: "must not be used: pods stay off the node's disk" };
  }
  yield* hostProcess(deployment, [...POD, "securityContext"]);
  for (const field of ["containers", "initContainers", "ephemeralContainers"]) {
    for (const index of listAt(deployment, [...POD, field]).keys()) {
      yield* containerFindings(deployment, [...POD, field, index]);
    }
  }
}

function* containerFindings(deployment: unknown, at: FieldPath): Iterable<Finding> {
  const context = [...at, "securityContext"];
  const privileged = [...context, "privileged"];
  if (valueAt(deployment, privileged) === true) yield { path: privileged, message: "must not be true" };
  yield* hostProcess(deployment, context);
  const mount = [...context, "procMount"];
  const mounted = valueAt(deployment, mount) ?? "Default";
  if (mounted !== "Default")
    yield { path: mount, message: `must be Default, not ${JSON.stringify(mounted)}` };
  for (const [index, name] of listAt(deployment, [...context, "capabilities", "add"]).entries()) {
    if (CAPABILITIES.includes(String(name).replace(/^CAP_/, ""))) continue;
    const path = [...context, "capabilities", "add", index];
    yield { path, message: `must be one of ${CAPABILITIES.join(", ")}, not ${JSON.stringify(name)}` };
  }
  for (const index of listAt(deployment, [...at, "ports"]).keys()) {
    const path = [...at, "ports", index, "hostPort"];
    const port = valueAt(deployment, path);
    if (isSet(port) && port !== 0) yield { path, message: `must not be set (it is ${JSON.stringify(port)})` };
  }
}

function* hostProcess(deployment: unknown, context: FieldPath): Iterable<Finding> {
  const path = [...context, "windowsOptions", "hostProcess"];
  if (valueAt(deployment, path) === true) yield { path, message: "must not be true" };
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
