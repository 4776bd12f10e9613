/** Binary operators: between numbers, between a vector and a number, and between vectors, matched one to one. */
import type { Sample } from "../../steps/lib/ports/metrics.ts";
import type { Binary, Grouping } from "./expression.ts";
import { PromqlError } from "./promql-error.ts";
import { labelKey } from "./samples.ts";
import { expectKind, groupLabels, type Value, vectorOf, withoutName } from "./value.ts";

const ALL_LABELS: Grouping = { mode: "except", labels: [] };

interface Outcome {
  readonly value: number;
  readonly keep: boolean;
}

/** Throws PromqlError for operands that do not fit the operator, or that match many to one. */
export function applyBinary(operation: Binary, left: Value, right: Value): Value {
  const { operator, bool, matching } = operation;
  const where = `operator ${operator}`;
  if (bool && !isComparison(operator))
    throw new PromqlError("bad_data", "parse error: bool modifier can only be used on comparison operators");
  if (isSet(operator)) {
    const sides = [
      expectKind("vector", left, where).samples,
      expectKind("vector", right, where).samples,
    ] as const;
    return applySet(operator, matching ?? ALL_LABELS, ...sides);
  }
  if (left.kind === "vector" && right.kind === "vector")
    return matchOneToOne(operation, left.samples, right.samples);
  if (matching !== undefined)
    throw new PromqlError("bad_data", "parse error: vector matching only allowed between instant vectors");
  if (left.kind === "vector") {
    const number = expectKind("scalar", right, where).value;
    return overSamples(operation, left.samples, (value) => compute(operator, value, number));
  }
  const number = expectKind("scalar", left, where).value;
  if (right.kind === "vector")
    return overSamples(operation, right.samples, (value) => {
      const { value: result, keep } = compute(operator, number, value);
      // A comparison that filters keeps the vector's value, on whichever side the vector stands.
      return { value: isComparison(operator) ? value : result, keep };
    });
  if (isComparison(operator) && !bool)
    throw new PromqlError("bad_data", "parse error: comparisons between scalars must use BOOL modifier");
  const { value, keep } = compute(operator, number, expectKind("scalar", right, where).value);
  return { kind: "scalar", value: bool ? Number(keep) : value };
}

function compute(operator: Binary["operator"], left: number, right: number): Outcome {
  switch (operator) {
    case "+":
      return { value: left + right, keep: true };
    case "-":
      return { value: left - right, keep: true };
    case "*":
      return { value: left * right, keep: true };
    case "/":
      return { value: left / right, keep: true };
    case "==":
      return { value: left, keep: left === right };
    case "!=":
      return { value: left, keep: left !== right };
    case ">":
      return { value: left, keep: left > right };
    case "<":
      return { value: left, keep: left < right };
    case ">=":
      return { value: left, keep: left >= right };
    case "<=":
      return { value: left, keep: left <= right };
    case "and":
    case "or":
    case "unless":
      throw new PromqlError("bad_data", `parse error: set operator ${operator} not allowed between numbers`);
  }
}

function overSamples(
  { operator, bool }: Binary,
  samples: readonly Sample[],
  outcomeOf: (value: number) => Outcome,
): Value {
  const results: Sample[] = [];
  for (const sample of samples) {
    const { value, keep } = outcomeOf(sample.value);
    const labels = isComparison(operator) && !bool ? sample.labels : withoutName(sample.labels);
    if (keep || bool) results.push({ labels, value: bool ? Number(keep) : value });
  }
  return vectorOf(results);
}

function matchOneToOne(operation: Binary, left: readonly Sample[], right: readonly Sample[]): Value {
  const { operator, bool, matching = ALL_LABELS } = operation;
  const partners = new Map<string, Sample>();
  for (const sample of right) {
    const key = labelKey(groupLabels(matching, sample.labels));
    if (partners.has(key))
      throw new PromqlError(
        "execution",
        `found duplicate series for the match group ${key} on the right hand-side of the operation; ` +
          "many-to-many matching not allowed: matching labels must be unique on one side",
      );
    partners.set(key, sample);
  }
  const matched = new Set<string>();
  const results: Sample[] = [];
  for (const sample of left) {
    const group = groupLabels(matching, sample.labels);
    const key = labelKey(group);
    const partner = partners.get(key);
    if (partner === undefined) continue;
    if (matched.has(key))
      throw new PromqlError(
        "execution",
        "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
      );
    matched.add(key);
    const { value, keep } = compute(operator, sample.value, partner.value);
    const name = sample.labels["__name__"];
    const named = isComparison(operator) && !bool && matching.mode === "except" && name !== undefined;
    const labels = named ? { __name__: name, ...group } : group;
    if (keep || bool) results.push({ labels, value: bool ? Number(keep) : value });
  }
  return vectorOf(results);
}

function applySet(
  operator: "and" | "or" | "unless",
  matching: Grouping,
  left: readonly Sample[],
  right: readonly Sample[],
): Value {
  const keyOf = (sample: Sample): string => labelKey(groupLabels(matching, sample.labels));
  const leftKeys = new Set(left.map(keyOf));
  const rightKeys = new Set(right.map(keyOf));
  switch (operator) {
    case "and":
      return vectorOf(left.filter((sample) => rightKeys.has(keyOf(sample))));
    case "unless":
      return vectorOf(left.filter((sample) => !rightKeys.has(keyOf(sample))));
    case "or":
      return vectorOf([...left, ...right.filter((sample) => !leftKeys.has(keyOf(sample)))]);
  }
}

function isComparison(operator: string): boolean {
  return ["==", "!=", ">", "<", ">=", "<="].includes(operator);
}

function isSet(operator: Binary["operator"]): operator is "and" | "or" | "unless" {
  return operator === "and" || operator === "or" || operator === "unless";
}
