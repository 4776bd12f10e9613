/** Iter8's metrics ConfigMap: two YAML texts, `query_templates` and `metrics`. */
import { isRecord, listAt, type PlainRecord } from "../manifest/plain-data.ts";
import type { Problem } from "../manifest/problem.ts";
import { readDocuments } from "../manifest/read.ts";
import type { ConfigMap } from "../ports/kinds.ts";
import { readCounterSelectors } from "./counter-selectors.ts";
import { type MetricDefinition, unknownPlaceholders } from "./templates.ts";

export interface Metrics {
  readonly metrics: readonly MetricDefinition[];
  readonly problems: readonly Problem[];
}

/** The definitions of `names`, in that order. Problems name the ConfigMap; an unknown metric, those that it has. */
export function readMetrics(configMap: ConfigMap, names: readonly string[]): Metrics {
  const { namespace, name } = configMap.metadata;
  const file = `ConfigMap ${namespace === undefined ? name : `${namespace}/${name}`}`;
  const problems: Problem[] = [];
  const section = (field: string): unknown => {
    const text = configMap.data?.[field];
    if (text === undefined) {
      problems.push({ file, field: `data.${field}`, message: "is missing" });
      return undefined;
    }
    const read = readDocuments({ path: file, text });
    problems.push(...read.problems.map((problem) => ({ ...problem, field: `data.${field}` })));
    return read.documents[0]?.value;
  };
  const templates = section("query_templates");
  const listed = listAt(section("metrics"), []).filter(isRecord);
  if (problems.length > 0) return { metrics: [], problems };
  const known = listed.map((metric) => metric["name"]).join(", ") || "none";
  const metrics: MetricDefinition[] = [];
  for (const wanted of new Set(names)) {
    const entry = listed.find((metric) => metric["name"] === wanted);
    if (entry === undefined) {
      problems.push({ file, field: "data.metrics", message: `has no metric ${wanted}; it has: ${known}` });
      continue;
    }
    const read = definition(wanted, entry, isRecord(templates) ? templates : {});
    problems.push(...read.problems.map((problem) => ({ file, ...problem })));
    if (read.metric !== undefined) metrics.push(read.metric);
  }
  return { metrics, problems };
}

type Unplaced = Omit<Problem, "file">;

function definition(
  name: string,
  entry: PlainRecord,
  templates: PlainRecord,
): { readonly metric?: MetricDefinition; readonly problems: readonly Unplaced[] } {
  const problems: Unplaced[] = [];
  const template = (key: string): string => {
    const text = templates[key];
    const field = `data.query_templates.${key}`;
    if (typeof text !== "string" || text.trim() === "") {
      problems.push({
        field,
        message: `must be a query, metric ${name} needs it; there is ${JSON.stringify(text)}`,
      });
      return "";
    }
    for (const placeholder of unknownPlaceholders(text)) {
      const message = `${placeholder} is no placeholder; there are $interval, $offset_str, $entity_labels and $$ for a plain $`;
      problems.push({ field, message });
    }
    return text.trim();
  };
  const queryTemplate = template(name);
  const sizeKey = entry["sample_size_query_template"];
  const field = `data.metrics.${name}.sample_size_query_template`;
  if (typeof sizeKey !== "string") problems.push({ field, message: "must name one of the query templates" });
  const sampleSizeTemplate = typeof sizeKey === "string" ? template(sizeKey) : "";
  const isCounter = entry["is_counter"] ?? false;
  if (typeof isCounter !== "boolean") {
    const message = `must be true or false, not ${JSON.stringify(isCounter)}`;
    problems.push({ field: `data.metrics.${name}.is_counter`, message });
  }
  const counted = entry["counters"];
  const counters =
    counted === undefined ? undefined : readCounterSelectors(counted, `data.metrics.${name}.counters`);
  problems.push(...(counters?.problems ?? []));
  if (problems.length > 0) return { problems };
  const absentValue = absent(entry["absent_value"]);
  return {
    metric: {
      name,
      queryTemplate,
      sampleSizeTemplate,
      isCounter: isCounter === true,
      absentValue,
      ...(counters?.counters && { counters: counters.counters }),
    },
    problems,
  };
}

/** A number, also one written as a text; anything else ("None", nothing at all) means that there is no value. */
function absent(value: unknown): number | null {
  const text = typeof value === "number" || typeof value === "string" ? String(value).trim() : "";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
}
