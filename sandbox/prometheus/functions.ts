/** The PromQL functions that are evaluated here. `absent` and `timestamp` look at syntax and are in promql.ts. */
import { extrapolatedRate } from "./counter-rate.ts";
import { histogramQuantile } from "./histogram-quantile.ts";
import { PromqlError } from "./promql-error.ts";
import { expectKind, type Value, vectorOf, withoutName } from "./value.ts";

interface FunctionDefinition {
  readonly arity: number;
  /** `at`: the evaluation time in ms. */
  run(args: readonly Value[], where: string, at: number): Value;
}

const rateFunction = (counter: boolean, perSecond: boolean): FunctionDefinition => ({
  arity: 1,
  run: ([range], where) => extrapolatedRate(expectKind("matrix", range, where), { counter, perSecond }),
});

const clampFunction = (clamp: (value: number, limit: number) => number): FunctionDefinition => ({
  arity: 2,
  run: ([vector, limit], where) => {
    const { value } = expectKind("scalar", limit, where);
    return mapValues(expectKind("vector", vector, where), (each) => clamp(each, value));
  },
});

const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = new Map(
  Object.entries<FunctionDefinition>({
    rate: rateFunction(true, true),
    increase: rateFunction(true, false),
    delta: rateFunction(false, false),
    clamp_min: clampFunction(Math.max),
    clamp_max: clampFunction(Math.min),
    abs: {
      arity: 1,
      run: ([vector], where) => mapValues(expectKind("vector", vector, where), Math.abs),
    },
    histogram_quantile: {
      arity: 2,
      run: ([quantile, vector], where) =>
        histogramQuantile(
          expectKind("scalar", quantile, where).value,
          expectKind("vector", vector, where).samples,
        ),
    },
    scalar: {
      arity: 1,
      run: ([vector], where) => {
        const [sample, ...more] = expectKind("vector", vector, where).samples;
        return { kind: "scalar", value: sample === undefined || more.length > 0 ? Number.NaN : sample.value };
      },
    },
    vector: {
      arity: 1,
      run: ([scalar], where) => vectorOf([{ labels: {}, value: expectKind("scalar", scalar, where).value }]),
    },
    time: { arity: 0, run: (_args, _where, at) => ({ kind: "scalar", value: at / 1000 }) },
  }),
);

/** Whether calls of `name` can be evaluated. */
export function isSupportedFunction(name: string): boolean {
  return FUNCTIONS.has(name) || name === "absent" || name === "timestamp";
}

/** Throws PromqlError for an unknown function, a wrong number of arguments, or one of a wrong type. */
export function callFunction(name: string, args: readonly Value[], at: number): Value {
  const definition = FUNCTIONS.get(name);
  if (definition === undefined)
    throw new PromqlError("bad_data", `there is no function ${JSON.stringify(name)}`);
  checkArity(name, definition.arity, args.length);
  return definition.run(args, `call to function ${JSON.stringify(name)}`, at);
}

/** Throws PromqlError unless `given` is `arity`. */
export function checkArity(name: string, arity: number, given: number): void {
  if (given !== arity)
    throw new PromqlError(
      "bad_data",
      `parse error: expected ${arity} argument(s) in call to ${JSON.stringify(name)}, got ${given}`,
    );
}

/** The vector with each value replaced, which also costs it its metric names. */
export function mapValues(
  vector: Extract<Value, { kind: "vector" }>,
  change: (value: number) => number,
): Value {
  return vectorOf(
    vector.samples.map(({ labels, value }) => ({ labels: withoutName(labels), value: change(value) })),
  );
}
