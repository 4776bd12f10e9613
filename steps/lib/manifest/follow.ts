/** What belongs to a Deployment by name or by label, moved over to the one that takes its place. */
import type { Deployment, KubeObject } from "../ports/kinds.ts";
import { matchesLabels, podLabels } from "./labels.ts";
import { isRecord, valueAt } from "./plain-data.ts";

/**
 * `object` as it should be after `promoted` took over from `predecessors` (the Deployment of the manifest, the
 * baseline): a HorizontalPodAutoscaler that scales one of them scales the promoted one, a PodDisruptionBudget whose
 * matchLabels select a predecessor's pods and not the promoted one's selects those. Anything else is given back as it is.
 */
export function followDeployment(
  object: KubeObject,
  predecessors: readonly Deployment[],
  promoted: Deployment,
): KubeObject {
  const spec = object["spec"];
  if (!isRecord(spec)) return object;
  switch (object.kind) {
    case "HorizontalPodAutoscaler": {
      const target = spec["scaleTargetRef"];
      if (!isRecord(target) || target["kind"] !== "Deployment") return object;
      if (!predecessors.some(({ metadata }) => metadata.name === target["name"])) return object;
      return { ...object, spec: { ...spec, scaleTargetRef: { ...target, name: promoted.metadata.name } } };
    }
    case "PodDisruptionBudget": {
      const [selector, labels] = [spec["selector"], podLabels(promoted)];
      const wanted = valueAt(selector, ["matchLabels"]);
      if (!isRecord(selector) || !isRecord(wanted) || matchesLabels(selector, labels)) return object;
      if (!predecessors.some((one) => matchesLabels(selector, podLabels(one)))) return object;
      const followed = Object.keys(wanted).flatMap((key) => (key in labels ? [[key, labels[key]]] : []));
      if (followed.length === 0) return object;
      return {
        ...object,
        spec: { ...spec, selector: { ...selector, matchLabels: Object.fromEntries(followed) } },
      };
    }
    default:
      return object;
  }
}
