/**
 * The fields of a Deployment down to its containers, as Kubernetes 1.35 has them. An API server refuses others when it is
 * asked to validate strictly, as our clients and `kubectl apply` ask. What lies deeper is taken as it is.
 */
import { isRecord } from "./json.ts";
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
export function checkFields(deployment: { readonly kind: string; readonly spec: unknown }): void {
  const { kind, spec } = deployment;
  const template = fieldOf(spec, "template");
  const pod = fieldOf(template, "spec");
  const unknown = [
    ...strangers(spec, SPEC, "spec"),
    ...strangers(template, TEMPLATE, "spec.template"),
    ...strangers(pod, POD, "spec.template.spec"),
    ...["initContainers", "containers"].flatMap((list) =>
      elements(pod, list, "spec.template.spec").flatMap(({ value, path }) => [
        ...strangers(value, CONTAINER, path),
        ...elements(value, "ports", path).flatMap((port) => strangers(port.value, PORT, port.path)),
      ]),
    ),
  ];
  if (unknown.length === 0) return;
  const fields = unknown.map((field) => `unknown field "${field}"`).join(", ");
  const why = `${kind} in version "v1" cannot be handled as a ${kind}: strict decoding error: ${fields}`;
  throw new StatusError(400, "BadRequest", why);
}

function strangers(value: unknown, known: ReadonlySet<string>, path: string): readonly string[] {
  if (!isRecord(value)) return [];
  const names = Object.keys(value).filter((name) => !known.has(name));
  return names.map((name) => `${path}.${name}`);
}

function elements(value: unknown, field: string, path: string) {
  const list = fieldOf(value, field);
  return (Array.isArray(list) ? list : []).map((element: unknown, index) => ({
    value: element,
    path: `${path}.${field}[${index}]`,
  }));
}

function fieldOf(value: unknown, field: string): unknown {
  return isRecord(value) ? value[field] : undefined;
}
