/**
 * Raw counters of a metric, as its entry in the metrics ConfigMap describes them: series selectors with placeholders for
 * one version. What is counted is read as samples, never through `rate` or `increase`, which guess at the ends.
 */
import { isRecord } from "../manifest/plain-data.ts";
import { fillPlaceholders, placeholdersIn, unknownAmong } from "./placeholders.ts";
import { entityTags, labelMatchers } from "./samples.ts";

export type CounterSelectors =
  /** Requests that were answered, and the bad ones among them. */
  | { readonly kind: "ratio"; readonly requests: string; readonly bad: string }
  /** The cumulative buckets of a histogram of times. */
  | {
      readonly kind: "buckets";
      readonly buckets: string;
      /** What 1 is in `le`, in ms. */
      readonly unitMs: number;
      /** What 1 is in Iter8's `tolerance` for this metric, in ms. */
      readonly toleranceUnitMs: number;
    };

export interface CountedVersion {
  readonly kind: "Deployment" | "Service";
  readonly name: string;
  readonly namespace: string;
  /** The service that is released. */
  readonly service: string;
}

export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** The range selector of one version's series over the last `rangeS` whole seconds. Throws on an unknown placeholder. */
export function rangeSelector(
  selector: string,
  { kind, name, namespace, service }: CountedVersion,
  rangeS: number,
): string {
  const values = {
    version_labels: labelMatchers(entityTags(kind, name, namespace)),
    version: name,
    namespace,
    service,
  };
  return `${fillPlaceholders(selector, values, "selector")}[${rangeS}s]`;
}

const PLACEHOLDERS = ["version_labels", "version", "namespace", "service"];
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000 };
const KEYS = ["requests", "bad", "buckets", "unit", "tolerance_unit"];
/** A metric's name, if any, and matchers in one pair of braces; texts may hold anything. */
const SELECTOR = /^(?:[A-Za-z_:][\w:]*)?\{(?:[^"'`{}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\}$/;

/** The field `counters` of a metric's entry; `field` is where it is. Without problems there are selectors. */
export function readCounterSelectors(
  value: unknown,
  field: string,
): { readonly counters?: CounterSelectors; readonly problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const report = (key: string, message: string) =>
    void problems.push({ field: key === "" ? field : `${field}.${key}`, message });
  if (!isRecord(value)) {
    report("", `must be a mapping with requests and bad, or buckets and unit, ${shown(value)}`);
    return { problems };
  }
  const has = (key: string) => value[key] !== undefined;
  const selector = (key: string): string => {
    const text = value[key];
    const message = selectorProblem(text);
    if (message !== undefined) report(key, message);
    return typeof text === "string" ? text.trim() : "";
  };
  const unit = (key: string): number => {
    const name = value[key];
    const ms = typeof name === "string" && Object.hasOwn(UNIT_MS, name) ? UNIT_MS[name] : undefined;
    if (ms === undefined) report(key, `must be ${Object.keys(UNIT_MS).join(" or ")}, ${shown(name)}`);
    return ms ?? 1;
  };
  for (const key of Object.keys(value)) {
    if (!KEYS.includes(key)) report(key, `is no field of counters; there are ${KEYS.join(", ")}`);
  }
  const ratio = has("requests") || has("bad");
  if (ratio === has("buckets")) {
    report("", `must have either requests and bad, or buckets and unit${ratio ? ", not both" : ""}`);
    return { problems };
  }
  if (ratio) {
    const counters = { kind: "ratio", requests: selector("requests"), bad: selector("bad") } as const;
    for (const key of ["unit", "tolerance_unit"]) if (has(key)) report(key, "belongs to buckets");
    return problems.length > 0 ? { problems } : { counters, problems };
  }
  const buckets = selector("buckets");
  const unitMs = unit("unit");
  const toleranceUnitMs = has("tolerance_unit") ? unit("tolerance_unit") : unitMs;
  return problems.length > 0
    ? { problems }
    : { counters: { kind: "buckets", buckets, unitMs, toleranceUnitMs }, problems };
}

function shown(value: unknown): string {
  return value === undefined ? "it is missing" : `not ${JSON.stringify(value)}`;
}

function selectorProblem(text: unknown): string | undefined {
  if (typeof text !== "string") {
    return `must be a selector such as requests_total{$version_labels}, ${shown(text)}`;
  }
  const unknown = unknownAmong(text, PLACEHOLDERS);
  if (unknown.length > 0) {
    const known = PLACEHOLDERS.map((name) => `$${name}`).join(", ");
    return `${unknown.join(", ")} is no placeholder; there are ${known} and $$ for a plain $`;
  }
  const used = placeholdersIn(text);
  if (!used.includes("version_labels") && !used.includes("version")) {
    return `must tell the versions apart by $version_labels or $version: ${text}`;
  }
  const example = { version_labels: 'a="b"', version: "v", namespace: "n", service: "s" };
  if (!SELECTOR.test(fillPlaceholders(text.trim(), example, "selector"))) {
    return `must be one selector with its matchers in braces, without range, offset or function: ${text}`;
  }
  return undefined;
}
