/** The patterns of durations and limits, which the API server checks, take what our own parsers can read and nothing else. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDuration } from "../../../../steps/lib/experiment/duration.ts";
import { openApiSchema } from "../../../../steps/lib/experiment/schema.ts";
import { parseShare } from "../../../../steps/lib/experiment/share.ts";
import { valueAt } from "../../../../steps/lib/manifest/plain-data.ts";

function pattern(...path: readonly (string | number)[]): RegExp {
  const found = valueAt(openApiSchema(), ["properties", "spec", "properties", ...path, "pattern"]);
  expect(found).toBeTypeOf("string");
  return new RegExp(String(found));
}

const control = ["trafficControl", "properties"] as const;
const interval = pattern(...control, "interval");
const warmUp = pattern(...control, "warmUp");
const limit = pattern("analysis", "properties", "successCriteria", "items", "properties", "limit");

/** Texts out of the pieces of durations and shares: often right, often nearly so. */
const texts = fc
  .array(fc.constantFrom("0", "1", "5", "30", "100", "101", ".", "h", "m", "s", "ms", "µs", "%", " ", "-"), {
    maxLength: 7,
  })
  .map((pieces) => pieces.join(""));

test("a pattern takes exactly what can be read", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const ms = parseDuration(text);
      expect([text, interval.test(text)]).toEqual([text, (ms ?? 0) > 0]);
      expect([text, warmUp.test(text)]).toEqual([text, ms !== undefined]);
      expect([text, limit.test(text)]).toEqual([text, ms !== undefined || parseShare(text) !== undefined]);
    }),
    { numRuns: 5000 },
  );
});

describe("Go's regular expressions, which the API server has, know", () => {
  test.each([interval, warmUp, limit])("%s", (one) => {
    expect(one.source).not.toMatch(/\(\?|\\[1-9]|\\u|\\p/);
  });
});
