/** The answers of `/api/v1/query`, in Prometheus' JSON. */
import { PromqlError } from "./promql-error.ts";
import type { Value } from "./value.ts";

export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** `at` in ms since the epoch; Prometheus writes seconds, and values as strings. */
export function successAnswer(value: Value, at: number): Answer {
  return {
    status: 200,
    body: { status: "success", data: { resultType: value.kind, result: resultOf(value, at) } },
  };
}

/** Anything but a PromqlError is a fault of ours. */
export function errorAnswer(error: unknown): Answer {
  if (!(error instanceof PromqlError)) return failure(500, "internal", String(error));
  return failure(error.type === "bad_data" ? 400 : 422, error.type, error.message);
}

function failure(status: number, errorType: string, error: string): Answer {
  return { status, body: { status: "error", errorType, error } };
}

function resultOf(value: Value, at: number): unknown {
  switch (value.kind) {
    case "scalar":
      return point(at, value.value);
    case "vector":
      return value.samples.map((sample) => ({ metric: sample.labels, value: point(at, sample.value) }));
    case "matrix":
      return value.series.map(({ labels, samples }) => ({
        metric: labels,
        values: samples.map(({ time, value: each }) => point(time, each)),
      }));
  }
}

function point(time: number, value: number): readonly [number, string] {
  return [
    time / 1000,
    Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? "+Inf" : "-Inf",
  ];
}
