/** What a PromQL query says, after parsing: only the parts of the language that we evaluate. */
import type { Matcher } from "./matcher.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/";
export type ComparisonOperator = "==" | "!=" | ">" | "<" | ">=" | "<=";
export type SetOperator = "and" | "or" | "unless";
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;
export type AggregationOperator = "sum" | "avg" | "min" | "max" | "count";

export interface Selector {
  readonly kind: "selector";
  readonly matchers: readonly Matcher[];
  readonly offsetMs: number;
}

export interface RangeSelector {
  readonly kind: "range";
  readonly selector: Selector;
  readonly windowMs: number;
}

/** `by` (or `on`) keeps only `labels`, `without` (or `ignoring`) drops them. */
export interface Grouping {
  readonly mode: "only" | "except";
  readonly labels: readonly string[];
}

export interface Aggregation {
  readonly kind: "aggregation";
  readonly operator: AggregationOperator;
  readonly grouping: Grouping;
  readonly argument: Expression;
}

export interface Binary {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  /** With the `bool` modifier: 0 or 1 instead of a filter. */
  readonly bool: boolean;
  /** Absent when the query names neither `on` nor `ignoring`. */
  readonly matching?: Grouping;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly Expression[];
}

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "negation"; readonly argument: Expression }
  | Selector
  | RangeSelector
  | Call
  | Aggregation
  | Binary;
