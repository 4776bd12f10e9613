/** Reads the Experiment that was pushed: every problem at once, each with its line, its value and what is allowed. */
import type * as z from "zod";
import { formatPath, isRecord, type PlainRecord, valueAt } from "../manifest/plain-data.ts";
import type { Problem } from "../manifest/problem.ts";
import { readDocuments, type YamlDocument } from "../manifest/read.ts";
import type { SourceFile } from "../ports/forge.ts";
import { type Experiment, experiment, type STRATEGIES } from "./schema.ts";

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
  /** What was accepted and has no effect, for the log. */
  readonly notes: readonly string[];
}

export function readExperiment(file: SourceFile, context: ReadContext): ReadExperiment {
  const { documents, problems } = readDocuments(file);
  if (problems.length > 0) return { spec: undefined, problems, notes: [] };
  const [document, ...more] = documents;
  if (document === undefined || more.length > 0) {
    const message = `must hold one Experiment, not ${documents.length} documents`;
    return { spec: undefined, problems: [{ file: file.path, message }], notes: [] };
  }
  const { value, notes } = withoutOldForms(document.value, file.path);
  const parsed = experiment.safeParse(value);
  const found = [
    ...(parsed.success
      ? []
      : parsed.error.issues.flatMap((issue) => issueProblems(issue, document, file.path))),
    ...(parsed.success ? rules(parsed.data, context).map(place(document, file.path)) : []),
  ];
  return {
    spec: parsed.success && found.length === 0 ? parsed.data.spec : undefined,
    problems: found,
    notes: [...notes, ...(parsed.success ? nameNotes(parsed.data, file.path) : [])],
  };
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

type Issue = z.core.$ZodIssue;

function issueProblems(issue: Issue, document: YamlDocument, file: string): readonly Problem[] {
  const path = issue.path.filter((step) => typeof step !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) =>
      place(document, file)({ path: [...path, key], message: "is no field of an Experiment" }),
    );
  }
  const value = valueAt(document.value, path);
  return [place(document, file)({ path, message: describe(issue, value) })];
}

function describe(issue: Issue, value: unknown): string {
  const given = value === undefined ? "it is missing" : `not ${JSON.stringify(value)}`;
  switch (issue.code) {
    case "invalid_value":
      return `must be ${issue.values.map((one) => JSON.stringify(one)).join(" or ")}, ${given}`;
    case "invalid_type":
      return `must be ${issue.expected === "int" ? "a whole number" : `a ${issue.expected}`}, ${given}`;
    case "too_small":
      return `must be at least ${issue.minimum}${issue.origin === "string" ? " character long" : ""}, ${given}`;
    case "too_big":
      return `must be at most ${issue.maximum}, ${given}`;
    default:
      return issue.message;
  }
}

interface Finding {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function place(document: YamlDocument, file: string): (finding: Finding) => Problem {
  return ({ path, message }) => ({
    file,
    line: document.lineOf(path),
    ...(path.length > 0 && { field: formatPath(path) }),
    message,
  });
}

/** What the schema alone cannot say. */
function rules({ metadata, spec }: Experiment, context: ReadContext): readonly Finding[] {
  const { targetService, trafficControl, analysis, routing } = spec;
  const findings: Finding[] = [];
  const say = (path: Finding["path"], message: string) => findings.push({ path, message });
  const { namespace, service, strategies } = context;

  for (const [path, value] of [
    [["metadata", "namespace"], metadata.namespace],
    [["spec", "targetService", "namespace"], targetService.namespace],
  ] as const) {
    if (value !== undefined && value !== namespace) {
      say(path, `is ${value}, this pipeline manages ${namespace} only`);
    }
  }
  if (targetService.name !== undefined && targetService.name !== service) {
    say(
      ["spec", "targetService", "name"],
      `is ${targetService.name}, this pipeline releases ${service} only`,
    );
  }
  if (targetService.name === undefined && (targetService.hosts ?? []).length === 0) {
    say(["spec", "targetService"], "needs a name or hosts");
  }
  const versions = targetService.kind === "Service" ? ["", "v1"] : ["", "v1", "apps/v1"];
  if (!versions.includes(targetService.apiVersion)) {
    const allowed = versions.filter((version) => version !== "").join(" or ");
    say(
      ["spec", "targetService", "apiVersion"],
      `must be ${allowed} for kind ${targetService.kind}, not ${targetService.apiVersion}`,
    );
  }
  if (!strategies.includes(trafficControl.strategy)) {
    say(
      ["spec", "trafficControl", "strategy"],
      `${trafficControl.strategy} is not available here, these are: ${strategies.join(", ")}`,
    );
  }
  if (trafficControl.onSuccess === "both") {
    say(
      ["spec", "trafficControl", "onSuccess"],
      "both would leave two versions serving for good; use candidate or baseline",
    );
  }
  if (routing !== undefined && (targetService.hosts ?? []).length > 0) {
    say(["spec", "routing"], "names a route that exists, so targetService.hosts must be left out");
  }
  analysis.successCriteria.forEach((criterion, index) => {
    if (criterion.min_max !== undefined && criterion.min_max.min >= criterion.min_max.max) {
      say(["spec", "analysis", "successCriteria", index, "min_max"], "min must be less than max");
    }
  });
  return findings;
}

function nameNotes({ spec }: Experiment, file: string): readonly string[] {
  return spec.routingReference === undefined
    ? []
    : [`${file}: spec.routingReference has no effect, as in Iter8 v0.2`];
}
