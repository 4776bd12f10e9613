/** What an expression evaluates to. */
import type { Sample, Series } from "../../steps/lib/ports/metrics.ts";
import type { Grouping } from "./expression.ts";
import type { Labels } from "./matcher.ts";
import { PromqlError } from "./promql-error.ts";
import { labelKey } from "./samples.ts";

/** The samples of an instant vector all stand for the evaluation time. */
export interface Vector {
  readonly kind: "vector";
  readonly samples: readonly Sample[];
}

/** The samples in (after, until], ms since the epoch. */
export interface Matrix {
  readonly kind: "matrix";
  readonly series: readonly Series[];
  readonly after: number;
  readonly until: number;
}

export interface Scalar {
  readonly kind: "scalar";
  readonly value: number;
}

export type Value = Vector | Matrix | Scalar;

const NAMES: Readonly<Record<Value["kind"], string>> = {
  vector: "instant vector",
  matrix: "range vector",
  scalar: "scalar",
};

/** `value`, if it is of that kind. Throws PromqlError naming `where`. */
export function expectKind<K extends Value["kind"]>(
  kind: K,
  value: Value | undefined,
  where: string,
): Extract<Value, { kind: K }> {
  if (value?.kind === kind) return value as Extract<Value, { kind: K }>;
  const found = value === undefined ? "nothing" : NAMES[value.kind];
  throw new PromqlError("bad_data", `parse error: expected type ${NAMES[kind]} in ${where}, got ${found}`);
}

/** An instant vector. Throws PromqlError when two of its samples have the same labels. */
export function vectorOf(samples: readonly Sample[]): Vector {
  if (new Set(samples.map(({ labels }) => labelKey(labels))).size < samples.length)
    throw new PromqlError("execution", "vector cannot contain metrics with the same labelset");
  return { kind: "vector", samples };
}

export function withoutName({ __name__: _, ...labels }: Labels): Labels {
  return labels;
}

/** The labels that a group has; the metric's name never is one unless it is asked for. */
export function groupLabels({ mode, labels: names }: Grouping, labels: Labels): Labels {
  const kept = Object.entries(labels).filter(([name]) =>
    mode === "only" ? names.includes(name) : name !== "__name__" && !names.includes(name),
  );
  return Object.fromEntries(kept);
}
