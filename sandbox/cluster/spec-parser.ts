/** Reads the spec of an object by a strict schema: what the schema does not know is refused by name, never ignored. */
import type * as z from "zod";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";

/** Gives the reader of `schema`; it throws a sentence with the object and every field that is wrong. */
export function specParser<T>(schema: z.ZodType<T>): (object: KubeObject) => T {
  return (object) => {
    const result = schema.safeParse(object["spec"]);
    if (result.success) return result.data;
    const problems = result.error.issues.flatMap((issue) => describe(issue));
    throw new Error(`${object.kind} "${object.metadata.name}": ${problems.join("; ")}`);
  };
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${field([...issue.path, key])} is not supported by the sandbox`);
  if (issue.code === "invalid_union")
    return [
      `${field(issue.path)} must be one of the forms the sandbox knows (${issue.errors
        .map((errors) => errors.flatMap((each) => describe({ ...each, path: [...issue.path, ...each.path] })))
        .map((sentences) => sentences.join(", "))
        .join(" or ")})`,
    ];
  return [`${field(issue.path)}: ${issue.message}`];
}

/** `spec.tasks[0].matrix` */
function field(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`),
    "spec",
  );
}
