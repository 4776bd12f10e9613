/**
 * The two families of criteria: Iter8's (toleranceType and tolerance, judged by its arithmetic) and ours (limit and
 * vsBaseline, judged by `sequential`). A criterion is of one family, never of both.
 */
import type { FieldPath } from "../manifest/plain-data.ts";
import { isRecord } from "../manifest/plain-data.ts";
import type { Finding } from "../manifest/problem.ts";
import { parseDuration } from "./duration.ts";
import type { Criterion } from "./schema.ts";
import { parseShare } from "./share.ts";

/** One of Iter8's, with Iter8's defaults. */
export interface ToleranceCriterion {
  readonly metricName: string;
  readonly toleranceType: "threshold" | "delta";
  readonly tolerance: number;
  readonly sampleSize: number;
  readonly stopOnFailure: boolean;
}

const ITER8_FIELDS = ["toleranceType", "tolerance", "sampleSize", "stopOnFailure", "min_max"] as const;
const OUR_FIELDS = ["limit", "quantile", "vsBaseline"] as const;

/** Iter8's criterion, or undefined when it is one of ours. */
export function toleranceOf(criterion: Criterion): ToleranceCriterion | undefined {
  const { metricName, toleranceType, tolerance, sampleSize = 10, stopOnFailure = false } = criterion;
  if (toleranceType === undefined || tolerance === undefined) return undefined;
  return { metricName, toleranceType, tolerance, sampleSize, stopOnFailure };
}

/** What is wrong with how the fields of one criterion stand together. Looks at plain data. */
export function criterionFindings(
  criterion: unknown,
  path: FieldPath,
  strategy: string | undefined,
): readonly Finding[] {
  if (!isRecord(criterion)) return [];
  const has = (key: string) => criterion[key] !== undefined;
  const finding = (message: string, ...field: readonly string[]): Finding => ({
    path: [...path, ...field],
    message,
  });
  const iter8 = ITER8_FIELDS.filter(has);
  const ours = OUR_FIELDS.filter(has);
  const [field] = ours;
  if (field === undefined) return missingTolerance(criterion, finding);
  if (iter8.length > 0) {
    return [
      finding(
        `has ${field} and ${iter8.join(", ")}; a criterion is either ours (limit, vsBaseline) or Iter8's (toleranceType, tolerance)`,
      ),
    ];
  }
  if (strategy !== "sequential") {
    return [finding("needs spec.trafficControl.strategy sequential; other strategies take tolerance", field)];
  }
  return units(criterion, finding);
}

type Find = (message: string, ...field: readonly string[]) => Finding;

function missingTolerance(criterion: Readonly<Record<string, unknown>>, finding: Find): readonly Finding[] {
  const { toleranceType, tolerance } = criterion;
  const missing = [
    ...(toleranceType === undefined
      ? [finding('must be "threshold" or "delta", it is missing', "toleranceType")]
      : []),
    ...(tolerance === undefined ? [finding("must be a number, it is missing", "tolerance")] : []),
  ];
  if (missing.length < 2) return missing;
  return [finding("needs toleranceType and tolerance, or with strategy sequential limit or vsBaseline")];
}

/** A share needs no quantile; a time is a limit only together with a share of requests. */
function units(criterion: Readonly<Record<string, unknown>>, finding: Find): readonly Finding[] {
  const { limit, quantile, vsBaseline } = criterion;
  const isShare = (value: unknown) => typeof value === "string" && parseShare(value) !== undefined;
  const margin = isRecord(vsBaseline) ? vsBaseline["margin"] : undefined;
  const ratio = isRecord(vsBaseline) ? vsBaseline["ratio"] : undefined;
  const found: Finding[] = [];
  if (quantile !== undefined && (limit === undefined || isShare(limit))) {
    found.push(finding('needs a time as limit, such as "500ms"', "quantile"));
  }
  const isTime = typeof limit === "string" && parseDuration(limit) !== undefined;
  if (isTime && quantile === undefined && vsBaseline === undefined) {
    found.push(
      finding(
        "is a time, so it needs quantile (the share of requests that must be faster) or vsBaseline",
        "limit",
      ),
    );
  }
  if (limit !== undefined && margin !== undefined && !isShare(margin)) {
    found.push(finding('must be a percentage such as "1%" beside a limit', "vsBaseline", "margin"));
  }
  if (isRecord(vsBaseline) && ratio === undefined && margin === undefined) {
    found.push(finding("needs ratio or margin", "vsBaseline"));
  }
  return found;
}
