/** Zod's issues as lines for the person who wrote the YAML. */
import type * as z from "zod";

/** One line per wrong setting: its name, its value and what is allowed. */
export function settingProblems(
  error: z.ZodError,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return error.issues.map((issue) => {
    const variable = issue.path.join(".");
    if (variable === "") return issue.message;
    const setting = shownName(variable);
    const value = environment[variable];
    if (value === undefined) return `${setting} is not set`;
    const reason = explain(issue);
    // It may be an URL with credentials.
    if (value.includes("@")) return `${setting} ${reason}`;
    const shown = JSON.stringify(value);
    return reason.includes(shown) ? `${setting} ${reason}` : `${setting} is ${shown}: ${reason}`;
  });
}

/** The variable PARAM_MAX_DURATION is what the YAML calls the param max-duration. */
function shownName(variable: string): string {
  const [, param] = /^PARAM_(.+)$/.exec(variable) ?? [];
  return param === undefined ? variable : `param ${param.toLowerCase().replaceAll("_", "-")}`;
}

/** A setting that may be empty is a union; its last member says what a value must look like. */
function explain(issue: z.core.$ZodIssue): string {
  const last = issue.code === "invalid_union" ? issue.errors.at(-1)?.[0] : undefined;
  return last === undefined ? issue.message : explain(last);
}
