/** Which ConfigMaps and Secrets an object names, wherever in it. */
import { type FieldPath, isRecord } from "./plain-data.ts";

/** The fields that name one: of volumes, projected sources, environments, and CSI drivers. */
export const SECRET_FIELDS = ["secret", "secretKeyRef", "secretRef", "nodePublishSecretRef"];
export const CONFIG_MAP_FIELDS = ["configMap", "configMapKeyRef", "configMapRef"];

export interface Reference {
  readonly path: FieldPath;
  readonly name: string;
}

/** Every `name` and `secretName` right below one of `fields`, with its path from `at`. */
export function* references(
  value: unknown,
  fields: readonly string[],
  at: FieldPath = [],
): Iterable<Reference> {
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) yield* references(entry, fields, [...at, index]);
  } else if (isRecord(value)) {
    const names = fields.includes(String(at.at(-1))) ? ["name", "secretName"] : [];
    for (const [key, entry] of Object.entries(value)) {
      const path = [...at, key];
      if (names.includes(key) && typeof entry === "string") yield { path, name: entry };
      else yield* references(entry, fields, path);
    }
  }
}
