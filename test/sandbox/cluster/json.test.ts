import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyJson, equalJson, mergePatch } from "../../../sandbox/cluster/json.ts";

/** A patch that turns one object into another; both without nulls, which a merge patch cannot say. */
function difference(from: unknown, to: unknown): unknown {
  if (!isPlain(from) || !isPlain(to)) return to;
  const removed = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  return Object.fromEntries([
    ...removed.map((key): [string, unknown] => [key, null]),
    ...Object.keys(to).map((key): [string, unknown] => [
      key,
      Object.hasOwn(from, key) ? difference(from[key], to[key]) : to[key],
    ]),
  ]);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const { object } = fc.letrec((tie) => ({
  object: fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "toString"), tie("value"), {
    noNullPrototype: true,
  }),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie("object"),
  ),
}));

describe("a merge patch", () => {
  test.each([
    { target: { a: "b" }, patch: { a: "c" }, result: { a: "c" } },
    { target: { a: "b" }, patch: { b: "c" }, result: { a: "b", b: "c" } },
    { target: { a: "b" }, patch: { a: null }, result: {} },
    { target: { a: ["b"] }, patch: { a: "c" }, result: { a: "c" } },
    { target: { a: "c" }, patch: { a: ["b"] }, result: { a: ["b"] } },
    { target: { a: [{ b: "c" }] }, patch: { a: [1] }, result: { a: [1] } },
    { target: { e: null }, patch: { a: 1 }, result: { e: null, a: 1 } },
    { target: [1, 2], patch: { a: "b", c: null }, result: { a: "b" } },
    { target: {}, patch: { a: { bb: { ccc: null } } }, result: { a: { bb: {} } } },
  ])("turns $target with $patch into $result", ({ target, patch, result }) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  test("can turn any object into any other", () => {
    fc.assert(
      fc.property(object, object, (from, to) => {
        expect(equalJson(mergePatch(from, difference(from, to)), to)).toBe(true);
      }),
    );
  });

  test("applied twice is the same as applied once, and its target stays as it was", () => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const before = copyJson(target);
        const once = mergePatch(target, patch);
        expect(equalJson(mergePatch(once, patch), once)).toBe(true);
        expect(equalJson(target, before)).toBe(true);
      }),
    );
  });
});

test("a copy equals its original and shares nothing with it", () => {
  fc.assert(
    fc.property(object, (value) => {
      expect(equalJson(copyJson({ value }), { value })).toBe(true);
    }),
  );
  const original = { list: [{ a: 1 }] };
  const copied = copyJson(original);
  expect(copied.list[0]).not.toBe(original.list[0]);
});
