/** The checks of Kubernetes' own kinds that a release can run into. */
import type { Deployment, KubeObject } from "../../steps/lib/ports/kinds.ts";
import { checkFields } from "./deployment-fields.ts";
import { equalJson, isRecord } from "./json.ts";
import type { StatusCause } from "./store.ts";
import { invalid } from "./validation.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;

/** Throws StatusError 400 for fields nobody knows, 422 with everything that is wrong; `old` is what the object replaces. */
export function checkBuiltIn(object: KubeObject, old: KubeObject | undefined): void {
  if (object.kind === "Deployment") checkFields(object);
  const causes = [
    ...checkMetadata(object),
    ...(object.kind === "Deployment"
      ? checkDeployment(object as Deployment, old as Deployment | undefined)
      : []),
    ...(object.kind === "Event" ? checkEvent(object) : []),
    ...(object.kind === "PodDisruptionBudget" ? checkBudget(object) : []),
    ...(object.kind === "ConfigMap" ? checkConfigMap(object, old) : []),
  ];
  if (causes.length > 0) throw invalid(object.kind, object.metadata.name, causes);
}

function checkMetadata({ kind, metadata }: KubeObject): readonly StatusCause[] {
  const { name, labels = {}, annotations = {} } = metadata;
  const roles = kind.endsWith("Role") || kind.endsWith("RoleBinding");
  const validName = typeof name === "string" && name.length <= 253 && (roles || SUBDOMAIN.test(name));
  return [
    ...(validName ? [] : [wrong("metadata.name", name, "must be a lower case RFC 1123 subdomain")]),
    ...Object.entries(labels)
      .filter(([key, value]) => !LABEL_KEY.test(key) || !LABEL_VALUE.test(value))
      .map(([key, value]) =>
        wrong("metadata.labels", `${key}=${value}`, "must be a valid label of at most 63 characters"),
      ),
    ...Object.entries(annotations)
      .filter(([key, value]) => !LABEL_KEY.test(key) || typeof value !== "string")
      .map(([key]) => wrong("metadata.annotations", key, "must be a qualified name with text as its value")),
  ];
}

function checkDeployment({ spec }: Deployment, old: Deployment | undefined): readonly StatusCause[] {
  const selector = spec?.selector?.matchLabels ?? {};
  const labels = spec?.template?.metadata?.labels ?? {};
  const containers = spec?.template?.spec?.["containers"];
  const causes: StatusCause[] = [];
  if (Object.keys(selector).length === 0)
    causes.push({ reason: "FieldValueRequired", field: "spec.selector", message: "Required value" });
  if (Object.entries(selector).some(([key, value]) => labels[key] !== value))
    causes.push(
      wrong("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"),
    );
  if (!Array.isArray(containers) || containers.length === 0)
    causes.push({
      reason: "FieldValueRequired",
      field: "spec.template.spec.containers",
      message: "Required value",
    });
  else if (
    containers.some(
      (one) => !isRecord(one) || typeof one["image"] !== "string" || typeof one["name"] !== "string",
    )
  )
    causes.push(wrong("spec.template.spec.containers", containers, "each needs a name and an image"));
  if (old !== undefined && !equalJson(old.spec.selector, spec.selector))
    causes.push(wrong("spec.selector", spec.selector, "field is immutable"));
  return causes;
}

function checkEvent({ metadata, ...event }: KubeObject): readonly StatusCause[] {
  const about = event["involvedObject"];
  const namespace = isRecord(about) ? about["namespace"] : undefined;
  if (namespace === metadata.namespace) return [];
  return [wrong("involvedObject.namespace", namespace, "does not match event.namespace")];
}

function checkBudget({ spec }: KubeObject): readonly StatusCause[] {
  if (!isRecord(spec) || spec["minAvailable"] === undefined || spec["maxUnavailable"] === undefined)
    return [];
  return [wrong("spec", spec, "minAvailable and maxUnavailable cannot be both set")];
}

function checkConfigMap(object: KubeObject, old: KubeObject | undefined): readonly StatusCause[] {
  if (old?.["immutable"] !== true || equalJson(object["data"], old["data"])) return [];
  const message = "Forbidden: field is immutable when `immutable` is set";
  return [{ reason: "FieldValueForbidden", field: "data", message }];
}

function wrong(field: string, value: unknown, message: string): StatusCause {
  return {
    reason: "FieldValueInvalid",
    field,
    message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
  };
}
