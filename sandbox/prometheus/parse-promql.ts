/** From a query's text to its `Expression`, by Prometheus' own grammar. Whatever we do not evaluate is refused by name. */
import type { SyntaxNode } from "@lezer/common";
import { parseTightly } from "./bind-postfix.ts";
import type { AggregationOperator, BinaryOperator, Expression, Grouping, Selector } from "./expression.ts";
import { isSupportedFunction } from "./functions.ts";
import { parseNumber, parseString } from "./literals.ts";
import { createMatcher, type Matcher, type MatchOperator } from "./matcher.ts";
import { PromqlError } from "./promql-error.ts";

const AGGREGATIONS: ReadonlySet<string> = new Set<AggregationOperator>(["sum", "avg", "min", "max", "count"]);
const BINARY_OPERATORS: ReadonlySet<string> = new Set<BinaryOperator>([
  ...(["+", "-", "*", "/", "==", "!=", ">", "<", ">=", "<="] as const),
  ...(["and", "or", "unless"] as const),
]);

/** Throws PromqlError (`bad_data`) when `text` is no PromQL or uses a part of it that is not supported here. */
export function parsePromql(text: string): Expression {
  if (text.trim() === "") throw new PromqlError("bad_data", "parse error: no expression found in input");
  const { tree, query } = parseTightly(text);
  tree.iterate({
    enter(node) {
      if (node.type.isError) throw syntaxError(query, node.from);
    },
  });
  const [expression] = childrenOf(tree.topNode);
  if (expression === undefined) throw syntaxError(query, 0);
  return readExpression(expression, query);
}

function readExpression(node: SyntaxNode, query: string): Expression {
  const children = childrenOf(node);
  switch (node.name) {
    case "ParenExpr":
      return readExpression(only(children, node, query), query);
    case "NumberDurationLiteral":
      return { kind: "number", value: parseNumber(textOf(node, query)) };
    case "UnaryExpr":
      return readUnary(node, query);
    case "VectorSelector":
      return readSelector(node, query);
    case "MatrixSelector":
      return readRange(node, query);
    case "OffsetExpr":
      return readOffset(node, query);
    case "FunctionCall": {
      const [nameNode, body] = children;
      if (nameNode === undefined || body === undefined) throw syntaxError(query, node.from);
      const name = textOf(nameNode, query);
      if (!isSupportedFunction(name))
        throw new PromqlError("bad_data", `function ${JSON.stringify(name)} is not supported here`);
      const args = childrenOf(body).map((argument) => readExpression(argument, query));
      return { kind: "call", name, arguments: args };
    }
    case "AggregateExpr":
      return readAggregation(node, query);
    case "BinaryExpr":
      return readBinary(node, query);
    default:
      throw unsupported(node, query);
  }
}

function readUnary(node: SyntaxNode, query: string): Expression {
  const [sign, operand] = childrenOf(node);
  if (sign === undefined || operand === undefined) throw syntaxError(query, node.from);
  const argument = readExpression(operand, query);
  if (argument.kind === "number" && textOf(sign, query) === "-")
    return { kind: "number", value: -argument.value };
  return textOf(sign, query) === "-" ? { kind: "negation", argument } : argument;
}

function readSelector(node: SyntaxNode, query: string): Selector {
  const matchers: Matcher[] = [];
  for (const part of childrenOf(node)) {
    if (part.name === "Identifier") matchers.push(createMatcher("__name__", "=", textOf(part, query)));
    else for (const matcher of childrenOf(part)) matchers.push(readMatcher(matcher, query));
  }
  if (matchers.every((matcher) => matcher.matches("")))
    throw new PromqlError(
      "bad_data",
      "parse error: vector selector must contain at least one non-empty matcher",
    );
  if (matchers.filter(({ label }) => label === "__name__").length > 1)
    throw new PromqlError("bad_data", "parse error: metric name must not be set twice");
  return { kind: "selector", matchers, offsetMs: 0 };
}

function readMatcher(node: SyntaxNode, query: string): Matcher {
  if (node.name !== "UnquotedLabelMatcher") throw unsupported(node, query);
  const [label, operator, value] = childrenOf(node).map((part) => textOf(part, query));
  if (label === undefined || operator === undefined || value === undefined)
    throw syntaxError(query, node.from);
  return createMatcher(label, operator as MatchOperator, parseString(value));
}

function readRange(node: SyntaxNode, query: string): Expression {
  const [inner, duration] = childrenOf(node);
  if (inner === undefined || duration === undefined) throw syntaxError(query, node.from);
  if (inner.name !== "VectorSelector")
    throw new PromqlError("bad_data", "parse error: ranges only allowed for vector selectors");
  const windowMs = readDuration(duration, query);
  if (!(windowMs > 0)) throw new PromqlError("bad_data", "parse error: duration must be greater than 0");
  return { kind: "range", selector: readSelector(inner, query), windowMs };
}

function readOffset(node: SyntaxNode, query: string): Expression {
  const [inner, , duration] = childrenOf(node);
  if (inner === undefined || duration === undefined) throw syntaxError(query, node.from);
  const offsetMs = readDuration(duration, query);
  if (inner.name === "VectorSelector") return { ...readSelector(inner, query), offsetMs };
  const shifted = inner.name === "MatrixSelector" ? readExpression(inner, query) : undefined;
  if (shifted?.kind !== "range")
    throw new PromqlError("bad_data", "parse error: offset modifier must be preceded by a selector");
  return { ...shifted, selector: { ...shifted.selector, offsetMs } };
}

/** Milliseconds. Durations that are computed (`1m * 2`) are not supported. */
function readDuration(node: SyntaxNode, query: string): number {
  const text = textOf(node, query).replace(/\s/g, "");
  if (!/^[-+]?[0-9a-z._]+$/.test(text)) throw unsupported(node, query);
  return Math.round(parseNumber(text) * 1000);
}

function readAggregation(node: SyntaxNode, query: string): Expression {
  const [operator] = node.getChildren("AggregateOp").map((part) => textOf(part, query).toLowerCase());
  if (operator === undefined || !AGGREGATIONS.has(operator)) throw unsupported(node, query);
  const modifier = node.getChild("AggregateModifier");
  const body = node.getChild("FunctionCallBody");
  const argument = only(body === null ? [] : childrenOf(body), node, query);
  return {
    kind: "aggregation",
    operator: operator as AggregationOperator,
    grouping: modifier === null ? { mode: "only", labels: [] } : readGrouping(modifier, query),
    argument: readExpression(argument, query),
  };
}

/** `by (...)`, `without (...)`, `on (...)` or `ignoring (...)`. */
function readGrouping(node: SyntaxNode, query: string): Grouping {
  const [keyword, list, ...more] = childrenOf(node);
  if (keyword === undefined || list === undefined) throw syntaxError(query, node.from);
  const [extra] = [...more, ...list.getChildren("QuotedLabelName")];
  if (extra !== undefined) throw unsupported(extra, query);
  const labels = list.getChildren("LabelName").map((label) => textOf(label, query));
  return { mode: keyword.name === "By" || keyword.name === "On" ? "only" : "except", labels };
}

function readBinary(node: SyntaxNode, query: string): Expression {
  const [left, operatorNode, ...rest] = childrenOf(node);
  const right = rest.pop();
  if (left === undefined || operatorNode === undefined || right === undefined)
    throw syntaxError(query, node.from);
  const operator = textOf(operatorNode, query).toLowerCase();
  if (!BINARY_OPERATORS.has(operator)) throw unsupported(operatorNode, query);
  const modifiers = new Map(rest.map((modifier) => [modifier.name, modifier]));
  const bool = modifiers.delete("BoolModifier");
  const clause = modifiers.get("MatchingModifierClause");
  modifiers.delete("MatchingModifierClause");
  for (const unknown of modifiers.values()) throw unsupported(unknown, query);
  return {
    kind: "binary",
    operator: operator as BinaryOperator,
    bool,
    ...(clause === undefined ? {} : { matching: readGrouping(clause, query) }),
    left: readExpression(left, query),
    right: readExpression(right, query),
  };
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== "LineComment") children.push(child);
  return children;
}

function only(nodes: readonly SyntaxNode[], parent: SyntaxNode, query: string): SyntaxNode {
  const [node, ...more] = nodes;
  if (node === undefined || more.length > 0)
    throw new PromqlError("bad_data", `parse error: wrong number of arguments in ${textOf(parent, query)}`);
  return node;
}

function textOf(node: SyntaxNode, query: string): string {
  return query.slice(node.from, node.to);
}

function syntaxError(query: string, position: number): PromqlError {
  const rest = query.slice(position, position + 20);
  const found = rest === "" ? "end of input" : JSON.stringify(rest);
  return new PromqlError("bad_data", `${position + 1}: parse error: unexpected ${found}`);
}

function unsupported(node: SyntaxNode, query: string): PromqlError {
  return new PromqlError("bad_data", `${node.name} is not supported here: ${textOf(node, query)}`);
}
