/**
 * The fields of a Deployment down to its containers, as Kubernetes 1.35 has them. An API server refuses others when it is
 * asked to validate strictly, as our clients and `kubectl apply` ask. What lies deeper is taken as it is.
 */
import {
  type FieldPath,
  formatPath,
  isRecord,
  listAt,
  valueAt,
} from "../../steps/lib/manifest/plain-data.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { StatusError } from "./store.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const SPEC = words(`
  replicas selector template strategy minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds
`);
const TEMPLATE = words("metadata spec");
const POD = words(`
  volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds
  dnsPolicy nodeSelector serviceAccountName serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID hostIPC
  shareProcessNamespace securityContext imagePullSecrets hostname subdomain affinity schedulerName tolerations hostAliases
  priorityClassName priority dnsConfig readinessGates runtimeClassName enableServiceLinks preemptionPolicy overhead
  topologySpreadConstraints setHostnameAsFQDN os hostUsers schedulingGates resourceClaims resources hostnameOverride
`);
const CONTAINER = words(`
  name image command args workingDir ports envFrom env resources resizePolicy restartPolicy restartPolicyRules volumeMounts
  volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy
  imagePullPolicy securityContext stdin stdinOnce tty
`);
const PORT = words("name hostPort containerPort protocol hostIP");

/** Throws StatusError 400 that names every field no Deployment has. */
export function checkFields(deployment: KubeObject): void {
  const strangers = (path: FieldPath, known: ReadonlySet<string>) => {
    const value = valueAt(deployment, path);
    const names = isRecord(value) ? Object.keys(value).filter((name) => !known.has(name)) : [];
    return names.map((name) => formatPath([...path, name]));
  };
  const elements = (list: FieldPath) => listAt(deployment, list).map((_, index) => [...list, index]);
  const pod = ["spec", "template", "spec"];
  const unknown = [
    ...strangers(["spec"], SPEC),
    ...strangers(["spec", "template"], TEMPLATE),
    ...strangers(pod, POD),
    ...["initContainers", "containers"].flatMap((list) =>
      elements([...pod, list]).flatMap((container) => [
        ...strangers(container, CONTAINER),
        ...elements([...container, "ports"]).flatMap((port) => strangers(port, PORT)),
      ]),
    ),
  ];
  if (unknown.length === 0) return;
  const { kind } = deployment;
  const fields = unknown.map((field) => `unknown field "${field}"`).join(", ");
  const why = `${kind} in version "v1" cannot be handled as a ${kind}: strict decoding error: ${fields}`;
  throw new StatusError(400, "BadRequest", why);
}
