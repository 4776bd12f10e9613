/** What a manifest changes: only fields that it sets are compared, since the API server fills in the others. */
import type { KubeObject } from "../ports/kinds.ts";
import { type FieldPath, formatPath, isRecord, valueAt } from "./plain-data.ts";

export interface Difference {
  readonly path: FieldPath;
  /** In the cluster. */
  readonly from: unknown;
  /** In the manifest. */
  readonly to: unknown;
}

/** Fields whose values the API server rewrites to a normal form of the same quantity ("1000m" to "1"). */
const QUANTITIES = new Set(["limits", "requests", "sizeLimit", "averageValue", "divisor", "storage"]);
/** Fields whose values may be confidential: their difference is told without them. */
const UNSPOKEN = new Set(["data", "binaryData", "env", "args", "command", "annotations"]);

/**
 * The fields of `manifest` that differ in `live`. A zero value (0, false, "", {} or []) equals a field that is not
 * there, as the API server leaves those out; lists are compared by index.
 */
export function differences(manifest: unknown, live: unknown, path: FieldPath = []): readonly Difference[] {
  if (manifest === null || manifest === undefined) return [];
  if (isRecord(manifest)) {
    if (live !== undefined && live !== null && !isRecord(live)) return [{ path, from: live, to: manifest }];
    return Object.entries(manifest).flatMap(([key, value]) =>
      differences(value, live?.[key], [...path, key]),
    );
  }
  if (Array.isArray(manifest)) {
    const entries: readonly unknown[] = Array.isArray(live) ? live : [];
    if (entries.length !== manifest.length) return [{ path, from: live, to: manifest }];
    return manifest.flatMap((value, index) => differences(value, entries[index], [...path, index]));
  }
  return sameScalar(manifest, live, path) ? [] : [{ path, from: live, to: manifest }];
}

/**
 * What applying `manifest` would change in the object that exists: labels, annotations and everything but metadata
 * and status, and what the manifest has taken away.
 */
export function changes(manifest: KubeObject, live: KubeObject): readonly Difference[] {
  const sections = Object.keys(manifest).filter((key) => key !== "metadata" && key !== "status");
  const paths = [["metadata", "labels"], ["metadata", "annotations"], ...sections.map((key) => [key])];
  const changed = paths.flatMap((path) => differences(valueAt(manifest, path), valueAt(live, path), path));
  return [...changed, ...takenAway(manifest, live)];
}

/** `spec.replicas 2 -> 3`; only the path where values may be confidential or are long. */
export function formatDifference({ path, from, to }: Difference): string {
  const name = formatPath(path);
  if (path.some((step) => typeof step === "string" && UNSPOKEN.has(step))) return name;
  const [before, after] = [spoken(from), spoken(to)];
  return before === undefined || after === undefined ? name : `${name} ${before} -> ${after}`;
}

interface Whole {
  readonly path: FieldPath;
  /** Only these keys; all when left out. */
  readonly keys?: readonly string[];
}

/** Where a key that the manifest has no longer goes too. Elsewhere one that it does not have may be the API server's. */
const WHOLE: Readonly<Record<string, readonly Whole[]>> = {
  ConfigMap: [{ path: ["data"] }, { path: ["binaryData"] }],
  PodDisruptionBudget: [
    // The API takes one of the two, never both.
    { path: ["spec"], keys: ["minAvailable", "maxUnavailable"] },
    { path: ["spec", "selector", "matchLabels"] },
  ],
};

/** What the live object has and the manifest must have taken away: the API server fills in nothing there. */
export function takenAway(manifest: KubeObject, live: KubeObject): readonly Difference[] {
  return (WHOLE[manifest.kind] ?? []).flatMap(({ path, keys }) => {
    const [wanted, found] = [valueAt(manifest, path), valueAt(live, path)];
    if (!isRecord(found)) return [];
    return Object.keys(found)
      .filter((key) => (keys === undefined || keys.includes(key)) && !(isRecord(wanted) && key in wanted))
      .map((key) => ({ path: [...path, key], from: found[key], to: undefined }));
  });
}

function sameScalar(manifest: unknown, live: unknown, path: FieldPath): boolean {
  if (live === undefined || live === null) return manifest === 0 || manifest === false || manifest === "";
  if (typeof live === "object") return false;
  // YAML reads `cpu: 1` as a number where the API server keeps the text "1".
  if (String(manifest) === String(live)) return true;
  if (!path.some((step) => typeof step === "string" && QUANTITIES.has(step))) return false;
  const [wanted, found] = [quantity(String(manifest)), quantity(String(live))];
  return wanted !== undefined && found !== undefined && Math.abs(wanted - found) <= Math.abs(found) * 1e-9;
}

const SUFFIX: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A Kubernetes quantity as a number, or undefined. */
function quantity(text: string): number | undefined {
  const [, digits, suffix] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(\D*)$/.exec(text) ?? [];
  const factor = suffix === undefined ? undefined : SUFFIX[suffix];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

function spoken(value: unknown): string | undefined {
  if (value === undefined || value === null) return "(none)";
  if (Array.isArray(value)) return value.length === 1 ? "1 entry" : `${value.length} entries`;
  const text = String(value);
  return typeof value === "object" || text.length > 100 ? undefined : text;
}
