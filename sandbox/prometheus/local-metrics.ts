/** The product's metrics port straight on a sample store: what virtual-time tests query instead of a server. */
import { InvalidError } from "../../steps/lib/ports/errors.ts";
import type { Metrics } from "../../steps/lib/ports/metrics.ts";
import { evaluate } from "./promql.ts";
import { PromqlError } from "./promql-error.ts";
import type { Samples } from "./samples.ts";
import { expectKind } from "./value.ts";

/** Bad queries throw InvalidError, as over HTTP. */
export function createLocalMetrics(samples: Samples): Metrics {
  return {
    instant: async (query, at) =>
      refuse(() => expectKind("vector", evaluate(query, samples, at), "query").samples),
    range: async (selector, at) =>
      refuse(() => expectKind("matrix", evaluate(selector, samples, at), "query").series),
  };
}

function refuse<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    throw new InvalidError(`could not query metrics: ${error.message}`, { cause: error });
  }
}
