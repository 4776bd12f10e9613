/** The field types that scenario files are made of; their messages say what is allowed. */
import * as z from "zod";
import { parseDuration } from "../../steps/lib/experiment/duration.ts";

/** An object that takes these fields and no others; an unknown one is named together with the allowed ones. */
export function fields<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === "unrecognized_keys")
        return `is not known; allowed here: ${Object.keys(shape).join(", ")}`;
      return issue.input === undefined
        ? "is missing"
        : `must be a mapping with: ${Object.keys(shape).join(", ")}`;
    },
  });
}

/** `choices` are keys of an object of which exactly one must be there. */
export function exactlyOne(choices: readonly string[]) {
  return {
    test: (value: unknown) =>
      typeof value !== "object" || value === null || choices.filter((key) => key in value).length === 1,
    options: { error: `needs exactly one of: ${choices.join(", ")}`, when: () => true },
  };
}

/** One of these words. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  const allowed = words.length === 1 ? words[0] : `one of ${words.join(", ")}`;
  return z.enum(words, { error: (issue) => `must be ${allowed}, not ${show(issue.input)}` });
}

/** Any string; an empty one is fine. */
export const string = z.string({ error: (issue) => `must be text, not ${show(issue.input)}` });

export const text = string.min(1, "must not be empty");

export const flag = z.boolean({ error: (issue) => `must be true or false, not ${show(issue.input)}` });

/** A Go duration in the file, ms in the program. */
export const duration = z
  .custom<string>((value) => typeof value === "string" && parseDuration(value) !== undefined, {
    error: (issue) => `must be a duration such as 300ms, 2s or 1m30s, not ${show(issue.input)}`,
  })
  .transform((value) => parseDuration(value) ?? 0);

/** A number from `least` to `most`. */
export function number(least: number, most = Number.POSITIVE_INFINITY) {
  const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  return z
    .number({ error: (issue) => `must be a number ${range}, not ${show(issue.input)}` })
    .min(least)
    .max(most);
}

export const whole = number(0).refine(Number.isInteger, { error: "must be a whole number" });

export const percent = number(0, 100);

function show(value: unknown): string {
  return value === undefined ? "left out" : (JSON.stringify(value) ?? String(value));
}
