/** Evaluates PromQL instant queries over a sample store, by the rules of Prometheus 3. */
import { aggregate } from "./aggregation.ts";
import { applyBinary } from "./binary-operation.ts";
import type { Call, Expression, Selector } from "./expression.ts";
import { callFunction, checkArity, mapValues } from "./functions.ts";
import { parsePromql } from "./parse-promql.ts";
import type { LatestSample, Samples } from "./samples.ts";
import { expectKind, type Value, vectorOf, withoutName } from "./value.ts";

/** How old a sample may be and still be a series' current value. */
const LOOKBACK_MS = 300_000;

/**
 * The value of `query` at `at` (ms since the epoch). Throws PromqlError for a query that is wrong, that uses what is
 * not supported here, or that the data make impossible (many-to-many matches).
 */
export function evaluate(query: string, samples: Samples, at: number): Value {
  return evaluateExpression(parsePromql(query), samples, at);
}

function evaluateExpression(expression: Expression, samples: Samples, at: number): Value {
  switch (expression.kind) {
    case "number":
      return { kind: "scalar", value: expression.value };
    case "selector":
      return vectorOf(current(expression, samples, at).map(({ labels, value }) => ({ labels, value })));
    case "range": {
      const until = at - expression.selector.offsetMs;
      const after = until - expression.windowMs;
      return {
        kind: "matrix",
        series: samples.range(expression.selector.matchers, after, until),
        after,
        until,
      };
    }
    case "negation": {
      const value = evaluateExpression(expression.argument, samples, at);
      return value.kind === "scalar"
        ? { kind: "scalar", value: -value.value }
        : mapValues(expectKind("vector", value, "unary expression"), (each) => -each);
    }
    case "aggregation": {
      const { operator, grouping } = expression;
      const vector = evaluateExpression(expression.argument, samples, at);
      return aggregate(operator, grouping, expectKind("vector", vector, `aggregation ${operator}`).samples);
    }
    case "binary": {
      const left = evaluateExpression(expression.left, samples, at);
      return applyBinary(expression, left, evaluateExpression(expression.right, samples, at));
    }
    case "call":
      return evaluateCall(expression, samples, at);
  }
}

function current(selector: Selector, samples: Samples, at: number): readonly LatestSample[] {
  return samples.latest(selector.matchers, at - selector.offsetMs, LOOKBACK_MS);
}

function evaluateCall(call: Call, samples: Samples, at: number): Value {
  const [first] = call.arguments;
  if (call.name === "timestamp" && first?.kind === "selector") {
    checkArity(call.name, 1, call.arguments.length);
    return vectorOf(
      current(first, samples, at).map(({ labels, time }) => ({
        labels: withoutName(labels),
        value: time / 1000,
      })),
    );
  }
  const args = call.arguments.map((argument) => evaluateExpression(argument, samples, at));
  if (call.name !== "absent" && call.name !== "timestamp") return callFunction(call.name, args, at);

  checkArity(call.name, 1, args.length);
  const vector = expectKind("vector", args[0], `call to function "${call.name}"`);
  if (call.name === "timestamp") return mapValues(vector, () => at / 1000);
  return vectorOf(vector.samples.length > 0 ? [] : [{ labels: labelsOfAbsent(first), value: 1 }]);
}

/** What the missing series would have been called, as far as its selector says so for sure. */
function labelsOfAbsent(expression: Expression | undefined): Readonly<Record<string, string>> {
  if (expression?.kind !== "selector") return {};
  const named = expression.matchers.filter(({ label }) => label !== "__name__");
  const sure = named.filter(
    ({ label, operator }) => operator === "=" && named.filter((other) => other.label === label).length === 1,
  );
  return Object.fromEntries(sure.map(({ label, value }) => [label, value]));
}
