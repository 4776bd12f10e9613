/** The fields of strategy `sequential`: their defaults, what they may be together, and the experiment of who brings none. */
import { type FieldPath, isRecord, listAt, valueAt } from "../manifest/plain-data.ts";
import type { Finding } from "../manifest/problem.ts";
import { parseDuration } from "./duration.ts";
import { type ExperimentSpec, experimentSpec } from "./schema.ts";

/** Probabilities and shares from 0 to 1, steps in percent, times in ms. */
export interface SequentialSettings {
  readonly falseAbort: number;
  readonly wrongPromote: number;
  readonly riskBudget: number;
  readonly steps: readonly number[];
  readonly minSoakMs: number;
  /** So long after there came to be more pods of the candidate its latency does not count. */
  readonly warmUpMs: number;
  readonly deadlineMs: number;
  readonly ignoreWorstPoll: boolean;
  readonly burst: number | "auto";
}

const STEPS = [5, 10, 20, 50] as const;
const FIELDS = [
  "falseAbort",
  "wrongPromote",
  "riskBudget",
  "steps",
  "minSoak",
  "warmUp",
  "deadline",
  "ignoreWorstPolls",
  "burst",
] as const;

const MIN_SOAK = "60s";
const DEADLINE = "30m";

/** What the file says, and our defaults for the rest. */
export function sequentialSettings(trafficControl: ExperimentSpec["trafficControl"]): SequentialSettings {
  const { falseAbort = 0.01, wrongPromote = 0.05, riskBudget = 0.005, burst = "auto" } = trafficControl;
  const { steps, maxTrafficPercentage: most, minSoak = MIN_SOAK, deadline = DEADLINE } = trafficControl;
  const { warmUp = "10s" } = trafficControl;
  const allowed = STEPS.filter((step) => step <= most);
  const only = most < 1 ? Math.max(0.1, Math.floor(most * 10) / 10) : Math.floor(most);
  return {
    ...{ falseAbort, wrongPromote, riskBudget, burst },
    steps: steps ?? (allowed.length > 0 ? allowed : [only]),
    minSoakMs: parseDuration(minSoak) ?? 60_000,
    warmUpMs: parseDuration(warmUp) ?? 10_000,
    deadlineMs: parseDuration(deadline) ?? 1_800_000,
    ignoreWorstPoll: trafficControl.ignoreWorstPolls !== 0,
  };
}

/** How the fields of a traffic control stand together. Looks at plain data. */
export function strategyFindings(value: unknown, strategy: string): readonly Finding[] {
  const path: FieldPath = ["spec", "trafficControl"];
  const given = valueAt(value, path);
  const control = isRecord(given) ? given : {};
  if (strategy !== "sequential") {
    return FIELDS.filter((field) => control[field] !== undefined).map((field) => ({
      path: [...path, field],
      message: `belongs to strategy sequential, not to ${strategy}`,
    }));
  }
  const found: Finding[] = [];
  const steps = listAt(control, ["steps"]).filter((step) => typeof step === "number");
  const most = control["maxTrafficPercentage"] ?? 50;
  if (steps.some((step, index) => step <= (steps[index - 1] ?? 0))) {
    found.push({ path: [...path, "steps"], message: `must ascend, not ${JSON.stringify(steps)}` });
  }
  if (typeof most === "number" && steps.some((step) => step > most)) {
    const message = `must not exceed maxTrafficPercentage, which is ${most}${control["maxTrafficPercentage"] === undefined ? " unless set" : ""}`;
    found.push({ path: [...path, "steps"], message });
  }
  const fine = steps.filter((step) => !Number.isInteger(step >= 1 ? step : Number((step * 10).toFixed(9))));
  if (fine.length > 0) {
    const message = `must be whole percents, or tenths below 1, not ${fine.join(", ")}`;
    found.push({ path: [...path, "steps"], message });
  }
  if (typeof most === "number" && most < 0.1) {
    found.push({
      path: [...path, "maxTrafficPercentage"],
      message: `must be at least 0.1 for the candidate to get a request to be judged by, not ${most}`,
    });
  }
  const [minSoak = MIN_SOAK, deadline = DEADLINE] = [control["minSoak"], control["deadline"]].map((one) =>
    typeof one === "string" ? one : undefined,
  );
  if ((parseDuration(minSoak) ?? 0) >= (parseDuration(deadline) ?? Number.POSITIVE_INFINITY)) {
    found.push({
      path: [...path, "minSoak"],
      message: `must be shorter than the deadline, not ${minSoak} of ${deadline}`,
    });
  }
  if (listAt(value, ["spec", "analysis", "successCriteria"]).length === 0) {
    found.push({
      path: ["spec", "analysis", "successCriteria"],
      message: "strategy sequential needs at least one criterion",
    });
  }
  return found;
}

/** Iter8's fields that the strategy has no use for. */
export function withoutEffect(value: unknown): readonly string[] {
  const control = valueAt(value, ["spec", "trafficControl"]);
  if (!isRecord(control) || control["strategy"] !== "sequential") return [];
  const pace = ["interval", "maxIterations", "trafficStepSize"].filter(
    (field) => control[field] !== undefined,
  );
  const criteria = listAt(value, ["spec", "analysis", "successCriteria"]).filter(isRecord);
  const size = ["sampleSize", "stopOnFailure"].filter((field) =>
    criteria.some((criterion) => criterion[field] !== undefined),
  );
  return [
    ...pace.map(
      (field) =>
        `spec.trafficControl.${field} has no effect under sequential: steps and evidence set the pace`,
    ),
    ...size.map(
      (field) => `${field} of a criterion has no effect under sequential: the evidence says when it suffices`,
    ),
  ];
}

/** What a canary is judged by when the repository brings no experiment. */
export function defaultExperiment(): ExperimentSpec {
  return experimentSpec.parse({
    targetService: {},
    trafficControl: { strategy: "sequential" },
    analysis: {
      successCriteria: [
        { metricName: "iter8_error_rate", limit: "1%", vsBaseline: { margin: "0.5%" } },
        { metricName: "iter8_latency", limit: "500ms", vsBaseline: { margin: "1%" } },
      ],
    },
  });
}
