/** A push changes only the kinds and namespaces that the pipeline was told to manage. */
import type { Rule, RuleContext } from "./rule.ts";

const OF_APPS = new Set([
  "Deployment",
  "Service",
  "ConfigMap",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "Experiment",
  "Lease",
  "Event",
  "VirtualService",
  "DestinationRule",
  "HTTPRoute",
  // Made by controllers from the Deployments above.
  "ReplicaSet",
  "Pod",
  "Endpoints",
  "EndpointSlice",
]);

const OF_PIPELINES = new Set(["PipelineRun", "TaskRun", "Pod", "Event"]);

export function scopeRule({ subjects, pipelineNamespace }: RuleContext): Rule {
  const apps = new Set(subjects.map(({ namespace }) => namespace));
  const told = new Set<string>();
  return {
    before(sighting) {
      if (sighting.kind !== "object" || sighting.staged) return [];
      const { kind, metadata } = sighting.object;
      const namespace = metadata.namespace ?? "";
      if (apps.has(namespace) && OF_APPS.has(kind)) return [];
      if (namespace === pipelineNamespace && OF_PIPELINES.has(kind)) return [];
      const what = `${kind} ${namespace}/${metadata.name}`;
      if (told.has(what)) return [];
      told.add(what);
      return [
        { at: sighting.at, sentence: `${what} was written (${sighting.change}), which no release may touch` },
      ];
    },
  };
}
