/**
 * What the API server would refuse too, but only after the release has begun, and what could never become available.
 */
import type { Deployment } from "../ports/kinds.ts";
import { matchesLabels, podLabels } from "./labels.ts";
import { type FieldPath, isRecord, listAt, valueAt } from "./plain-data.ts";
import type { Finding } from "./problem.ts";

/** What is wrong with a Deployment, but for its pods. */
export function* deploymentFindings(object: unknown): Iterable<Finding> {
  const template = valueAt(object, ["spec", "template"]);
  if (!isRecord(template) || !isRecord(template["spec"])) {
    yield { path: ["spec", "template"], message: "must have a spec with containers" };
    return;
  }
  if (listAt(template, ["spec", "containers"]).length === 0) {
    yield { path: ["spec", "template", "spec", "containers"], message: "must list at least one container" };
  }
  const badLabels = [
    ...stringMap(object, ["spec", "template", "metadata", "labels"]),
    ...stringMap(object, ["spec", "template", "metadata", "annotations"]),
    ...stringMap(object, ["spec", "selector", "matchLabels"]),
  ];
  yield* badLabels;
  const selector = valueAt(object, ["spec", "selector"]);
  if (badLabels.length === 0 && !matchesLabels(selector, podLabels(object as Deployment))) {
    yield { path: ["spec", "selector"], message: "must match the labels of spec.template.metadata.labels" };
  }
  for (const [index, expression] of listAt(selector, ["matchExpressions"]).entries()) {
    if (valueAt(expression, ["key"]) !== "version") continue;
    const message = "must not speak of version, which every release sets: use matchLabels";
    yield { path: ["spec", "selector", "matchExpressions", index], message };
  }
  const hash = ["spec", "template", "metadata", "labels", "pod-template-hash"];
  if (valueAt(object, hash) !== undefined) yield { path: hash, message: "must not be set: Kubernetes does" };
  const replicas = valueAt(object, ["spec", "replicas"]) ?? 1;
  if (!Number.isInteger(replicas) || Number(replicas) < 1) {
    const message = `must be a whole number from 1, not ${JSON.stringify(replicas)}`;
    yield { path: ["spec", "replicas"], message };
  }
  if (valueAt(object, ["spec", "paused"]) === true) {
    yield { path: ["spec", "paused"], message: "must not be true: a paused Deployment starts no pods" };
  }
}

/** What is not a text in a mapping of texts, such as labels. */
export function* stringMap(object: unknown, path: FieldPath): Iterable<Finding> {
  const map = valueAt(object, path) ?? {};
  if (!isRecord(map)) {
    yield { path, message: "must be a mapping of texts" };
    return;
  }
  for (const [key, value] of Object.entries(map)) {
    if (typeof value === "string") continue;
    yield { path: [...path, key], message: `must be a text; write it in quotes: "${String(value)}"` };
  }
}
