/** Label selectors as Kubernetes evaluates them. */
import type { Deployment, Service } from "../ports/kinds.ts";
import { isRecord, listAt, valueAt } from "./plain-data.ts";

export type Labels = Readonly<Record<string, string>>;

/** Whether `labels` has every pair of `wanted`. */
export function containsLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** Whether a selector with matchLabels and matchExpressions selects pods with `labels`. One without either selects none. */
export function matchesLabels(selector: unknown, labels: Labels): boolean {
  const pairs = Object.entries((valueAt(selector, ["matchLabels"]) as Labels | null | undefined) ?? {});
  const expressions = listAt(selector, ["matchExpressions"]);
  if (pairs.length + expressions.length === 0) return false;
  return (
    pairs.every(([key, value]) => labels[key] === value) && expressions.every((one) => holds(one, labels))
  );
}

/** Whether the Service sends to the pods of `deployment`. A Service without selector sends to none. */
export function selects(service: Service, deployment: Deployment): boolean {
  const selector = service.spec.selector ?? {};
  return Object.keys(selector).length > 0 && containsLabels(podLabels(deployment), selector);
}

/** The labels of its pod template. */
export function podLabels(deployment: Deployment): Labels {
  return deployment.spec.template.metadata?.labels ?? {};
}

function holds(expression: unknown, labels: Labels): boolean {
  if (!isRecord(expression)) return false;
  const value = labels[String(expression["key"])];
  const values = listAt(expression, ["values"]);
  switch (expression["operator"]) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
