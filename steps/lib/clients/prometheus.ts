/**
 * The Metrics port on Prometheus' HTTP API. An AxiosError carries the request's headers, so none leaves this file:
 * every error is a sentence of our own.
 */
import { Agent } from "node:https";
import axios from "axios";
import * as z from "zod";
import { InvalidError, RefusedError, type StepError, UnavailableError } from "../ports/errors.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { PrometheusAuth } from "./prometheus-auth.ts";

export interface PrometheusOptions {
  /** Without /api/v1 and without a slash at the end. */
  readonly url: string;
  readonly auth?: PrometheusAuth;
  /** Time-out of one query, in ms; default 5 s. */
  readonly timeoutMs?: number;
}

const labels = z.record(z.string(), z.string());
/** Unix seconds and the value as text, since JSON has no NaN. */
const point = z.tuple([z.number(), z.string()]);
const vector = z.array(z.object({ metric: labels, value: point }));
const matrix = z.array(z.object({ metric: labels, values: z.array(point) }));
const success = z.object({
  status: z.literal("success"),
  data: z.discriminatedUnion("resultType", [
    z.object({ resultType: z.literal("vector"), result: vector }),
    z.object({ resultType: z.literal("matrix"), result: matrix }),
    z.object({ resultType: z.enum(["scalar", "string"]) }),
  ]),
});
const failure = z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() });

/** A Prometheus-compatible store. No retries: the loop asks again on its own grid. */
export function prometheus({ url, auth = {}, timeoutMs = 5000 }: PrometheusOptions): Metrics {
  const client = axios.create({
    maxRedirects: 0,
    validateStatus: () => true,
    ...(auth.token !== undefined
      ? { headers: { Authorization: `Bearer ${auth.token}` } }
      : auth.basic !== undefined && { auth: auth.basic }),
    ...(auth.ca !== undefined && { httpsAgent: new Agent({ ca: auth.ca, keepAlive: true }) }),
  });

  const query = async (text: string, at: number) => {
    const what = `could not query ${url} for ${text}`;
    // A query that is right needs no telling when only the server is away.
    const away = `could not query ${url}`;
    const form = new URLSearchParams({ query: text, time: (at / 1000).toFixed(3) });
    const response = await client
      .post<unknown>(`${url}/api/v1/query`, form, { signal: AbortSignal.timeout(timeoutMs) })
      .catch((error: unknown) => {
        throw new UnavailableError(`${away}: ${networkReason(error, timeoutMs)}`);
      });
    if (response.status !== 200) throw refusal({ what, away }, response.status, response.data);
    const answer = success.safeParse(response.data);
    if (!answer.success) throw new UnavailableError(`${away}: the answer is not one of Prometheus`);
    return { what, data: answer.data.data };
  };

  return {
    instant: async (text, at) => {
      const { what, data } = await query(text, at);
      if (data.resultType !== "vector")
        throw new InvalidError(`${what}: it gives a ${data.resultType}, not an instant vector`);
      return data.result.map(({ metric, value }) => ({ labels: metric, value: parseValue(value[1]) }));
    },
    range: async (selector, at) => {
      const { what, data } = await query(selector, at);
      if (data.resultType !== "matrix")
        throw new InvalidError(`${what}: it gives a ${data.resultType}, not raw samples`);
      return data.result.map(({ metric, values }) => ({
        labels: metric,
        samples: values.map(([seconds, value]) => ({
          time: Math.round(seconds * 1000),
          value: parseValue(value),
        })),
      }));
    },
  };
}

/** `NaN`, `+Inf` and `-Inf` as Prometheus writes them. */
function parseValue(text: string): number {
  return /^[+-]?Inf$/.test(text) ? Number(text.replace("Inf", "Infinity")) : Number(text);
}

/** The one place that knows what the status codes mean. */
function refusal(
  { what, away }: { readonly what: string; readonly away: string },
  code: number,
  body: unknown,
): StepError {
  const { data } = failure.safeParse(body);
  if (code === 401 || code === 403) {
    return new RefusedError(
      `${away}: ${code === 401 ? "the credentials are not accepted" : "it is forbidden"} (${code})`,
    );
  }
  if (code < 500 && data?.errorType === "bad_data") return new InvalidError(`${what}: ${data.error}`);
  return new UnavailableError(`${away}: ${data?.error ?? `the answer was ${code}`}`);
}

function networkReason(error: unknown, timeoutMs: number): string {
  if (axios.isCancel(error)) return `no answer within ${timeoutMs / 1000} s`;
  return (axios.isAxiosError(error) && error.code) || "the request failed";
}
