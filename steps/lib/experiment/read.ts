/** Reads the Experiment that was pushed: every problem at once, each with its line, its value and what is allowed. */
import type * as z from "zod";
import {
  type FieldPath,
  formatPath,
  isRecord,
  listAt,
  type PlainRecord,
  valueAt,
} from "../manifest/plain-data.ts";
import type { Finding, Problem } from "../manifest/problem.ts";
import { readDocuments } from "../manifest/read.ts";
import type { SourceFile } from "../ports/forge.ts";
import { criterionFindings } from "./criterion.ts";
import { type Experiment, experiment, openApiSchema, type STRATEGIES } from "./schema.ts";
import { strategyFindings, withoutEffect } from "./sequential.ts";

export interface ReadContext {
  /** The namespace and the Service that the pipeline was told to manage. */
  readonly namespace: string;
  readonly service: string;
  readonly strategies: readonly (typeof STRATEGIES)[number][];
}

export interface ReadExperiment {
  /** Undefined when there is a problem. */
  readonly spec: Experiment["spec"] | undefined;
  readonly problems: readonly Problem[];
  /** `metadata.name` of the file. */
  readonly name?: string;
  /** What was accepted and has no effect, for the log. */
  readonly notes: readonly string[];
}

/** The spec of a pushed Experiment, or everything that is wrong with it in the order of the file. */
export function readExperiment(file: SourceFile, context: ReadContext): ReadExperiment {
  const { documents, problems } = readDocuments(file);
  if (problems.length > 0) return { spec: undefined, problems, notes: [] };
  const [document, ...more] = documents;
  if (document === undefined || more.length > 0) {
    const message = `must hold one Experiment, not ${documents.length} documents`;
    return { spec: undefined, problems: [{ file: file.path, message }], notes: [] };
  }
  const { value, notes: old } = withoutOldForms(document.value, file.path);
  const notes = [...old, ...withoutEffect(value).map((note) => `${file.path}: ${note}`)];
  const parsed = experiment.safeParse(value, { error: describe });
  const found = [...(parsed.error?.issues.flatMap(findings) ?? []), ...rules(value, context)]
    .map(({ path, message }) => ({ path, message, line: document.lineOf(path) }))
    .sort((a, b) => a.line - b.line)
    .map(({ path, message, line }) => ({
      file: file.path,
      line,
      ...(path.length > 0 && { field: formatPath(path) }),
      message,
    }));
  const spec = found.length === 0 ? parsed.data?.spec : undefined;
  return { spec, problems: found, notes, ...(parsed.success && { name: parsed.data.metadata.name }) };
}

/** What Iter8 itself, or an older Iter8, writes there: taken out before the schema looks, and said so. */
function withoutOldForms(value: unknown, file: string): { value: unknown; notes: readonly string[] } {
  if (!isRecord(value)) return { value, notes: [] };
  const notes: string[] = [];
  const drop = (record: PlainRecord, keys: readonly string[], prefix: string, why: string) => {
    const kept = Object.entries(record).filter(([key]) => !keys.includes(key));
    for (const key of keys) if (key in record) notes.push(`${file}: ${prefix}${key} ${why}`);
    return Object.fromEntries(kept);
  };
  const top = drop(
    value,
    ["action", "status", "metrics"],
    "",
    "is ignored: it belongs to an experiment that runs",
  );
  const spec = top["spec"];
  if (!isRecord(spec)) return { value: top, notes };
  const newer = drop(
    spec,
    ["assessment"],
    "spec.",
    "is a form of Iter8 v0.0 and is ignored: use the top-level action of the running Experiment",
  );
  if (newer["routingReference"] !== undefined) {
    notes.push(`${file}: spec.routingReference has no effect, as in Iter8 v0.2`);
  }
  const analysis = newer["analysis"];
  if (!isRecord(analysis)) return { value: { ...top, spec: newer }, notes };
  const own = drop(
    analysis,
    ["analyticsService"],
    "spec.analysis.",
    "is ignored: the pipeline's prometheus-url is asked instead",
  );
  const reward = own["reward"];
  if (reward !== undefined) notes.push(`${file}: spec.analysis.reward has no effect, as in Iter8 v0.2`);
  const single = Array.isArray(reward) ? { ...own, reward: reward[0] } : own;
  return { value: { ...top, spec: { ...newer, analysis: single } }, notes };
}

function findings(issue: z.core.$ZodIssue): readonly Finding[] {
  const path = issue.path.filter((step) => typeof step !== "symbol");
  // Which strategies there are is told by `rules`: the schema knows all of Iter8's.
  if (path.join(".") === "spec.trafficControl.strategy" && issue.code === "invalid_value") return [];
  if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
  const known = `${path.length === 0 ? "it" : formatPath(path)} has ${fieldsAt(path).join(", ")}`;
  return issue.keys.map((key) => ({
    path: [...path, key],
    message: `is no field of an Experiment; ${known}`,
  }));
}

/** The fields that there are at `path`. */
function fieldsAt(path: FieldPath): readonly string[] {
  const steps = path.flatMap((step) => (typeof step === "number" ? ["items"] : ["properties", step]));
  return Object.keys(valueAt(openApiSchema(), [...steps, "properties"]) ?? {});
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
};

/** Zod's findings in words for the person who wrote the file; what the schema itself says in words stays. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  const given = show(issue.input);
  switch (issue.code) {
    case "invalid_value":
      return `must be ${issue.values.map((one) => JSON.stringify(one)).join(" or ")}, ${given}`;
    case "invalid_type":
      return `must be ${TYPES[issue.expected] ?? issue.expected}, ${given}`;
    case "too_small":
      return issue.origin === "string" ? "must not be empty" : `must be at least ${issue.minimum}, ${given}`;
    case "too_big":
      return `must be at most ${issue.maximum}, ${given}`;
    default:
      return undefined;
  }
}

function show(value: unknown): string {
  if (value === undefined) return "it is missing";
  if (Array.isArray(value)) return "not a list";
  if (isRecord(value)) return "not a mapping";
  return `not ${typeof value === "number" ? value : JSON.stringify(value)}`;
}

/** What the schema alone cannot say. Looks at plain data, so that a mistake elsewhere hides nothing. */
function rules(value: unknown, { namespace, service, strategies }: ReadContext): readonly Finding[] {
  const found: Finding[] = [];
  const text = (path: FieldPath) => {
    const given = valueAt(value, path);
    return typeof given === "string" ? given : undefined;
  };
  const check = (
    path: FieldPath,
    allowed: (given: string) => boolean,
    message: (given: string) => string,
  ) => {
    const given = text(path);
    if (given !== undefined && !allowed(given)) found.push({ path, message: message(given) });
  };

  for (const path of [
    ["metadata", "namespace"],
    ["spec", "targetService", "namespace"],
  ]) {
    check(
      path,
      (given) => given === namespace,
      (given) => `must be ${namespace}, the namespace that is released to, or left out; not "${given}"`,
    );
  }
  const target = ["spec", "targetService"] as const;
  check(
    [...target, "name"],
    (given) => given === service,
    (given) => `must be ${service}, what this pipeline releases, not "${given}"`,
  );
  const hosts = listAt(value, [...target, "hosts"]);
  const named = isRecord(valueAt(value, target)) ? valueAt(value, [...target, "name"]) : "unknown";
  if (named === undefined && hosts.length === 0)
    found.push({ path: target, message: "needs a name or hosts" });

  const kind = text([...target, "kind"]) ?? "Deployment";
  const versions = kind === "Service" ? ["v1"] : ["v1", "apps/v1"];
  check(
    [...target, "apiVersion"],
    (given) => given === "" || versions.includes(given),
    (given) => `must be ${versions.join(" or ")} for kind ${kind}, not "${given}"`,
  );
  check(
    ["spec", "trafficControl", "strategy"],
    (given) => strategies.some((available) => available === given),
    (given) => `must be ${strategies.join(" or ")}, not ${JSON.stringify(given)}`,
  );
  check(
    ["spec", "trafficControl", "onSuccess"],
    (given) => given !== "both",
    () => "both would leave two versions serving for good; use candidate or baseline",
  );
  if (isRecord(valueAt(value, ["spec", "routing"])) && hosts.length > 0) {
    const message = "names a route that exists, so targetService.hosts must be left out";
    found.push({ path: ["spec", "routing"], message });
  }
  const strategy = text(["spec", "trafficControl", "strategy"]) ?? "check_and_increment";
  listAt(value, ["spec", "analysis", "successCriteria"]).forEach((criterion, index) => {
    const path = ["spec", "analysis", "successCriteria", index];
    found.push(...criterionFindings(criterion, path, strategy));
    const [min, max] = ["min", "max"].map((end) => valueAt(criterion, ["min_max", end]));
    if (typeof min === "number" && typeof max === "number" && min >= max) {
      const message = `min must be less than max, not ${min} and ${max}`;
      found.push({ path: [...path, "min_max"], message });
    }
  });
  found.push(...strategyFindings(value, strategy));
  return found;
}
