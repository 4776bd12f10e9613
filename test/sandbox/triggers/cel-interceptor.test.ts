import { describe, expect, it } from "vitest";
import { intercept } from "../../../sandbox/triggers/cel-interceptor.ts";

const EVENT = {
  payload: "",
  body: { ref: "refs/heads/main", size: 3, list: ["a", "b"], text: "x" },
  headers: new Map([["X-Github-Event", ["push"]]]),
  extensions: { earlier: "value" },
  eventId: "1",
};

/** The value of an expression, or why there is none. */
function value(expression: string): unknown {
  const decision = intercept(EVENT, { overlays: [{ key: "it", expression }] });
  return decision.kind === "continue" ? decision.extensions["it"] : decision.why;
}

describe("Tekton's functions", () => {
  it.each([
    ["header.match('x-github-event', 'push')", true],
    ["header.canonical('X-GITHUB-EVENT')", "push"],
    ["header.canonical('absent')", ""],
    ["'abcdef'.truncate(3)", "abc"],
    ["'ab'.truncate(3)", "ab"],
    ["body.ref.split('/')[2]", "main"],
    ["body.list.join('-')", "a-b"],
    ["body.list.first()", "a"],
    ["body.list.last()", "b"],
    ["body.ref.replace('refs/heads/', '')", "main"],
    ["extensions.earlier", "value"],
    ["'A'.lowerAscii()", "a"],
  ])("%s", (expression, expected) => expect(value(expression)).toEqual(expected));
});

describe("numbers", () => {
  it.each([
    ["body.size == 3", true],
    ["body.size > 2", true],
    ["body.size + 1.0", 4],
    ["size(body.list)", 2],
  ])("%s", (expression, expected) => expect(value(expression)).toEqual(expected));

  it("of a body are doubles, so that adding an int is an error", () => {
    expect(value("body.size + 1")).toContain("no such overload");
  });
});

it("names a function that it does not know", () => {
  expect(value("'a'.parseJSON()")).toContain("parseJSON");
});
