/** Numbers, durations and strings as PromQL writes them. */
import { PromqlError } from "./promql-error.ts";

const UNIT_SECONDS = { y: 31_536_000, w: 604_800, d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 } as const;

/** `1.5`, `1e3`, `0x1f`, `1_000`, `Inf`, `NaN`, or a duration (`1m30s`) in seconds. */
export function parseNumber(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const plain = text.replace(/^[-+]/, "").replaceAll("_", "");
  if (/^inf$/i.test(plain)) return sign * Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(plain)) return Number.NaN;
  if (/^(\d+(ms|[ywdhms]))+$/.test(plain)) return sign * durationSeconds(plain);
  return sign * Number(plain);
}

function durationSeconds(text: string): number {
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g))
    milliseconds += Math.round(Number(amount) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS] * 1000);
  return milliseconds / 1000;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** A string literal's value: Go's escapes between quotes, none between back-ticks. Throws PromqlError. */
export function parseString(text: string): string {
  const quote = text[0];
  if (text.length < 2 || text.at(-1) !== quote)
    throw new PromqlError("bad_data", `parse error: unterminated string ${text}`);
  const body = text.slice(1, -1);
  if (quote === "`") return body;
  return body.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.?)/gs, (whole, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    const character = SIMPLE_ESCAPES[code];
    if (character === undefined)
      throw new PromqlError("bad_data", `parse error: unknown escape sequence ${whole} in ${text}`);
    return character;
  });
}
