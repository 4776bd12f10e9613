import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cutSentence } from "../../../../steps/lib/experiment/cut-sentence.ts";

test("a short text is only put on one line", () => {
  expect(cutSentence(" promoted:\n all  well ", 20)).toBe("promoted: all well");
});

test("a long text ends after a whole word", () => {
  expect(cutSentence("rolled back: 4.2% errors", 20)).toBe("rolled back: 4.2%…");
  expect(cutSentence("rolled back: 4.2% errors", 14)).toBe("rolled back…");
});

test("a word that is too long is cut inside", () => {
  expect(cutSentence("abcdefghij", 5)).toBe("abcd…");
});

test("the limit always holds, and what is kept is the beginning", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.integer({ min: 1, max: 150 }),
      (text, limit) => {
        const cut = cutSentence(text, limit);
        expect(cut.length).toBeLessThanOrEqual(limit);
        expect(cut).not.toMatch(/\p{Surrogate}/u);
        expect(text.replace(/\s+/g, " ").trim().startsWith(cut.replace(/…$/, ""))).toBe(true);
      },
    ),
  );
});
