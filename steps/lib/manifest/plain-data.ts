/** Looking into data that nobody has checked yet. */

/** Where a value is: keys of mappings and indices of lists. */
export type FieldPath = readonly (string | number)[];

export type PlainRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a field has a value: null means "not set", as in the API. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The value at `path`, or undefined when something on the way is not there. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  let found = value;
  for (const step of path) {
    if (typeof step === "number" ? !Array.isArray(found) : !isRecord(found)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

/** The elements of a list, none when it is not a list. */
export function listAt(value: unknown, path: FieldPath): readonly unknown[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found : [];
}

/** `["spec", "containers", 0, "image"]` as `spec.containers[0].image`. */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** The way back: `spec.containers[0].image` as a path. A key that has dots of its own is taken apart. */
export function parsePath(text: string): FieldPath {
  const steps = text.split(/[.[\]]+/).filter((step) => step !== "");
  return steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

/** Whether two values are the same data, whatever the order of their keys. */
export function sameData(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => sameData(value, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameData(a[key], b[key]));
}
