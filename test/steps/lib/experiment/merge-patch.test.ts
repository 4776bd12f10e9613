/** The patch by which a status is written: small, and exactly what turns the old one into the new one. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergePatch } from "../../../../steps/lib/experiment/merge-patch.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** RFC 7386, section 2, as the API server does it. */
function apply(target: Json | undefined, patch: Json): Json {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
  const result = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = apply(result[key], value);
  }
  return result;
}

test("says only what changed", () => {
  const before = { phase: "Progressing", loop: { writer: "a", wanted: 20 }, conditions: [1, 2] };
  const after = { phase: "Progressing", loop: { writer: "a", wanted: 40 }, conditions: [1, 2], message: "x" };

  expect(mergePatch(before, after)).toEqual({ loop: { wanted: 40 }, message: "x" });
});

test("deletes with null what is gone or undefined", () => {
  expect(mergePatch({ a: 1, b: { c: 2, d: 3 } }, { a: undefined, b: { c: 2 } })).toEqual({
    a: null,
    b: { d: null },
  });
});

test("writes lists as a whole", () => {
  expect(mergePatch({ weights: [1] }, { weights: [1, 2] })).toEqual({ weights: [1, 2] });
});

describe("there is nothing to write", () => {
  test.each<readonly [string, unknown, unknown]>([
    ["equal data", { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
    ["another order of keys", { a: 1, b: 2 }, { b: 2, a: 1 }],
    ["a field that never was", { a: 1 }, { a: 1, b: undefined }],
  ])("for %s", (_what, before, after) => {
    expect(mergePatch(before, after)).toBeUndefined();
  });
});

/** Kubernetes has no nulls in objects: a null there is a field that is not set. */
const value = fc.letrec<{ object: Json; list: Json; any: Json }>((tie) => ({
  object: fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("any"), {
    noNullPrototype: true,
    maxKeys: 4,
  }),
  list: fc.array(fc.oneof(tie("any"), fc.constant(null)), { maxLength: 3 }),
  any: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ max: 3 }),
    fc.boolean(),
    fc.string({ maxLength: 2 }),
    tie("list"),
    tie("object"),
  ),
}));

test("applying it gives the target, whatever the two are", () => {
  fc.assert(
    fc.property(value.object, value.object, (before, after) => {
      const patch = mergePatch(before, after) as Json | undefined;
      expect(patch === undefined ? before : apply(before, patch)).toEqual(after);
    }),
    { numRuns: 1000 },
  );
});

test("there is none exactly when nothing differs", () => {
  fc.assert(
    fc.property(value.object, value.object, (before, after) => {
      const same = JSON.stringify(sorted(before)) === JSON.stringify(sorted(after));
      expect(mergePatch(before, after) === undefined).toBe(same);
    }),
  );
});

function sorted(data: Json): Json {
  if (Array.isArray(data)) return data.map(sorted);
  if (typeof data !== "object" || data === null) return data;
  const entries = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}
