/** Which sample of an instant vector speaks of a version. */
import type { Sample } from "../ports/metrics.ts";

export type Tags = Readonly<Record<string, string>>;

/** The labels by which Istio's metrics tell a version; their keys are a template's `$entity_labels`. */
export function entityTags(kind: "Deployment" | "Service", name: string, namespace: string): Tags {
  return kind === "Deployment"
    ? { destination_workload: name, destination_workload_namespace: namespace }
    : { destination_service_name: name, destination_service_namespace: namespace };
}

/** The same as matchers of a selector: `destination_workload="web",destination_workload_namespace="shop"`. */
export function labelMatchers(tags: Tags): string {
  return Object.entries(tags)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(",");
}

/**
 * The value of the sample whose labels are exactly `tags`, rounded to 3 decimals as Iter8 does. Undefined when there
 * is none or it is not a number: then the metric's absent value counts.
 */
export function pickSample(vector: readonly Sample[], tags: Tags): number | undefined {
  const wanted = Object.entries(tags);
  const sample = vector.find(
    ({ labels }) =>
      Object.keys(labels).length === wanted.length && wanted.every(([key, value]) => labels[key] === value),
  );
  if (sample === undefined || Number.isNaN(sample.value)) return undefined;
  return Number.isFinite(sample.value) ? Math.round(sample.value * 1000) / 1000 : sample.value;
}
