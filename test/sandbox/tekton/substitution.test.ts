import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expand, references, substitute, substituteAll } from "../../../sandbox/tekton/substitution.ts";

const VARIABLES = new Map([
  ["params.a", "one"],
  ["params.b", "$(params.a)"],
]);

describe("substitute", () => {
  it.each([
    ["$(params.a)-$(params.a)", "one-one"],
    ["$(params['a']) $(params[\"a\"])", "one one"],
    ["a value is never read as a template: $(params.b)", "a value is never read as a template: $(params.a)"],
    ["$(params.unknown) stays, $(HOME) too", "$(params.unknown) stays, $(HOME) too"],
  ])("%s", (text, expected) => expect(substitute(text, VARIABLES)).toBe(expected));

  it("can be told to accept no unknown variable of Tekton's", () => {
    expect(substituteAll("$(HOME) $(params.a)", VARIABLES, "here")).toBe("$(HOME) one");
    expect(() => substituteAll("$(tasks.x.results.y)", VARIABLES, "here")).toThrow(
      "here: nothing is known as $(tasks.x.results.y)",
    );
  });

  it("puts in any value exactly as it is", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(substitute("<$(params.x)>", new Map([["params.x", value]]))).toBe(`<${value}>`);
      }),
    );
  });
});

it("references names Tekton's variables only", () => {
  expect(references("$(tasks.a.results.b) $(HOME) $(tasks.status) $(params['c'])")).toEqual([
    "tasks.a.results.b",
    "tasks.status",
    "params.c",
  ]);
});

describe("expand", () => {
  it.each([
    ["$(A)", "value"],
    ["$$(A)", "$(A)"],
    ["$(NONE) $A $$", "$(NONE) $A $"],
  ])("%s", (text, expected) => expect(expand(text, new Map([["A", "value"]]))).toBe(expected));
});
