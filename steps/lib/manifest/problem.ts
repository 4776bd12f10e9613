/** What is wrong with something a person wrote, and where. Every reader of pushed files reports these, all at once. */
import type { FieldPath } from "./plain-data.ts";

export interface Problem {
  /** The file in the repository, or the object in the cluster (`ConfigMap shop/iter8config-metrics`). */
  readonly file: string;
  /** First line is 1. */
  readonly line?: number;
  /** Path of the field, e.g. `spec.template.spec.containers[0].image`. */
  readonly field?: string;
  /** What is wrong, with the value, and what is allowed. */
  readonly message: string;
}

/** `config/deploy.yaml:12: spec.replicas: must be a whole number, not "two"`. */
export function formatProblem({ file, line, field, message }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return field === undefined ? `${place}: ${message}` : `${place}: ${field}: ${message}`;
}

/** A problem before it is known where its object was read: `path` leads into the object. */
export interface Finding {
  readonly path: FieldPath;
  readonly message: string;
}
