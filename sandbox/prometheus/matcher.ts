/** Label matchers, as in `{code=~"5.."}`. A label that is not there counts as empty. */
import type { Sample } from "../../steps/lib/ports/metrics.ts";
import { PromqlError } from "./promql-error.ts";

export type Labels = Sample["labels"];

export type MatchOperator = "=" | "!=" | "=~" | "!~";

export interface Matcher {
  readonly label: string;
  readonly operator: MatchOperator;
  readonly value: string;
  matches(value: string): boolean;
}

/** Regular expressions are anchored on both sides. Throws PromqlError for one that RE2 (and so Prometheus) refuses. */
export function createMatcher(label: string, operator: MatchOperator, value: string): Matcher {
  const matches = predicate(operator, value);
  return { label, operator, value, matches };
}

/** Whether `labels` fulfil all `matchers`. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labels[matcher.label] ?? ""));
}

function predicate(operator: MatchOperator, value: string): Matcher["matches"] {
  switch (operator) {
    case "=":
      return (text) => text === value;
    case "!=":
      return (text) => text !== value;
    case "=~": {
      const pattern = anchored(value);
      return (text) => pattern.test(text);
    }
    case "!~": {
      const pattern = anchored(value);
      return (text) => !pattern.test(text);
    }
  }
}

function anchored(source: string): RegExp {
  // What JavaScript knows and RE2 does not: look-around, named groups written the other way, back references.
  if (/\(\?(?!:)|\\[1-9k]/.test(source))
    throw new PromqlError("bad_data", `unsupported syntax in regular expression ${JSON.stringify(source)}`);
  try {
    return new RegExp(`^(?:${source})$`, "s");
  } catch {
    throw new PromqlError("bad_data", `invalid regular expression ${JSON.stringify(source)}`);
  }
}
