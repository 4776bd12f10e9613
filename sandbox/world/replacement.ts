/** Kustomize's `replacements`: a value of one object is put into fields of others. */
import * as z from "zod";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";

export const replacement = z.strictObject({
  source: z.strictObject({ kind: z.string(), name: z.string(), fieldPath: z.string() }),
  targets: z.array(
    z.strictObject({
      select: z.strictObject({ kind: z.string(), name: z.string().optional() }),
      fieldPaths: z.array(z.string()),
      options: z.strictObject({ delimiter: z.string(), index: z.int() }).optional(),
    }),
  ),
});

export type Replacement = z.output<typeof replacement>;

/** The objects with the value put in. Throws when the source or a field is not there, as kustomize does. */
export function replace(
  objects: readonly KubeObject[],
  { source, targets }: Replacement,
): readonly KubeObject[] {
  const from = objects.find(({ kind, metadata }) => kind === source.kind && metadata.name === source.name);
  const value = from === undefined ? undefined : read(from, segments(source.fieldPath));
  if (typeof value !== "string") {
    throw new Error(`replacement: ${source.kind} ${source.name} has no text at ${source.fieldPath}`);
  }
  return targets.reduce<readonly KubeObject[]>(
    (all, { select, fieldPaths, options }) =>
      all.map((object) => {
        if (object.kind !== select.kind) return object;
        if (select.name !== undefined && object.metadata.name !== select.name) return object;
        return fieldPaths.reduce(
          (changed, path) =>
            write(changed, segments(path), (old) =>
              options === undefined ? value : partReplaced(String(old), options, value),
            ) as KubeObject,
          object,
        );
      }),
    objects,
  );
}

function partReplaced(
  text: string,
  { delimiter, index }: { delimiter: string; index: number },
  value: string,
): string {
  return text
    .split(delimiter)
    .map((part, at) => (at === index ? value : part))
    .join(delimiter);
}

/** `spec.params.[name=service].default` as keys and selectors. */
function segments(path: string): readonly string[] {
  return path.match(/\[[^\]]*\]|[^.[\]]+/g) ?? [];
}

function read(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, segment) => {
    if (Array.isArray(at)) return at[indicesOf(at, segment)[0] ?? 0];
    return (at as Readonly<Record<string, unknown>> | undefined)?.[segment];
  }, value);
}

function write(value: unknown, path: readonly string[], change: (old: unknown) => unknown): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return change(value);
  if (Array.isArray(value)) {
    const found = indicesOf(value, segment);
    return value.map((item, at) => (found.includes(at) ? write(item, rest, change) : item));
  }
  if (typeof value !== "object" || value === null || !(segment in value)) {
    throw new Error(`replacement: there is no field ${segment} to replace`);
  }
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [segment]: write(object[segment], rest, change) };
}

/** All items that a selector fits; like kustomize's, it is a regular expression that may fit a part of the value. */
function indicesOf(list: readonly unknown[], segment: string): readonly number[] {
  const [, key, wanted = ""] = /^\[(\w+)=(.*)\]$/.exec(segment) ?? [];
  const fits = new RegExp(wanted);
  const found = [...list.keys()].filter((index) =>
    key === undefined
      ? index === Number(segment)
      : fits.test(String((list[index] as Readonly<Record<string, unknown>>)[key] ?? "")),
  );
  if (found.length === 0) throw new Error(`replacement: there is no item ${segment} to replace`);
  return found;
}
