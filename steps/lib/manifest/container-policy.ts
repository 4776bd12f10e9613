/** The part of the Pod Security Standard "baseline" that speaks of single containers and of security contexts. */
import { type FieldPath, isSet, listAt, valueAt } from "./plain-data.ts";
import type { Finding } from "./problem.ts";

const CAPABILITIES = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];
const SELINUX_TYPES = ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const PROFILES = ["RuntimeDefault", "Localhost"];
const PROBES = [
  ["livenessProbe"],
  ["readinessProbe"],
  ["startupProbe"],
  ["lifecycle", "postStart"],
  ["lifecycle", "preStop"],
];

/** What is wrong with the container at `at`. */
export function* containerFindings(deployment: unknown, at: FieldPath): Iterable<Finding> {
  const context = [...at, "securityContext"];
  yield* contextFindings(deployment, context);
  const privileged = [...context, "privileged"];
  if (valueAt(deployment, privileged) === true) yield { path: privileged, message: "must not be true" };
  yield* oneOf(deployment, [...context, "procMount"], ["Default"]);
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
  for (const probe of PROBES) {
    for (const action of ["httpGet", "tcpSocket"]) {
      const path = [...at, ...probe, action, "host"];
      const host = valueAt(deployment, path);
      if (isSet(host) && host !== "")
        yield { path, message: "must not be set: the node would call it, not the pod" };
    }
  }
}

/** What is wrong with the security context at `context`, a pod's or a container's. */
export function* contextFindings(deployment: unknown, context: FieldPath): Iterable<Finding> {
  const hostProcess = [...context, "windowsOptions", "hostProcess"];
  if (valueAt(deployment, hostProcess) === true) yield { path: hostProcess, message: "must not be true" };
  yield* oneOf(deployment, [...context, "seccompProfile", "type"], PROFILES);
  yield* oneOf(deployment, [...context, "appArmorProfile", "type"], PROFILES);
  yield* oneOf(deployment, [...context, "seLinuxOptions", "type"], SELINUX_TYPES);
  for (const field of ["user", "role"]) yield* oneOf(deployment, [...context, "seLinuxOptions", field], []);
}

/** Left out, and the empty text, are fine everywhere. */
function* oneOf(deployment: unknown, path: FieldPath, allowed: readonly string[]): Iterable<Finding> {
  const value = valueAt(deployment, path);
  if (!isSet(value) || value === "" || allowed.includes(String(value))) return;
  const must = allowed.length === 0 ? "must not be set" : `must be ${allowed.join(" or ")}`;
  yield { path, message: `${must}, not ${JSON.stringify(value)}` };
}
