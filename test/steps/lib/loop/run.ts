/**
 * The loop on a clock that is a plain number, in a world that is a plain object: each effect changes the world at once, a
 * second passes when there is nothing to record. No cluster, no promises.
 */
import type { ToleranceCriterion } from "../../../../steps/lib/experiment/criterion.ts";
import type { ExperimentStatus } from "../../../../steps/lib/experiment/schema.ts";
import { initialStatus } from "../../../../steps/lib/experiment/status.ts";
import { decide } from "../../../../steps/lib/loop/decide.ts";
import { isCheckDue } from "../../../../steps/lib/loop/due.ts";
import type {
  Effect,
  Line,
  Observation,
  Plan,
  Reading,
  Readings,
  Workload,
} from "../../../../steps/lib/loop/model.ts";

export const START = Date.UTC(2030, 0, 1);

export const latency: ToleranceCriterion = {
  metricName: "iter8_latency",
  toleranceType: "threshold",
  tolerance: 200,
  sampleSize: 5,
  stopOnFailure: false,
};

/** The plan of the tutorial: 8 x 30 s, 20 % a step up to 80 %. */
export function planWith(change: Partial<Plan> = {}): Plan {
  return {
    service: "web",
    namespace: "shop",
    kind: "Deployment",
    baseline: "web-1",
    candidate: "web-2",
    strategy: "check_and_increment",
    intervalMs: 30_000,
    maxIterations: 8,
    maxWeight: 80,
    stepSize: 20,
    onSuccess: "candidate",
    criteria: [latency],
    counters: new Set(),
    onInconclusive: "rollback",
    maxDurationMs: 105 * 60_000,
    drainMs: 10_000,
    ...change,
  };
}

export function pods(ready: number, change: Partial<Workload> = {}): Workload {
  const desired = Math.max(1, ready);
  return {
    desired,
    ready,
    available: ready >= desired,
    autoscaled: false,
    deadlineMs: 60_000,
    gaveUp: false,
    ...change,
  };
}

/** Answers for every criterion: `[value, requests]` of the candidate, and of the baseline (default 100 of 1000). */
export function measured(
  candidate: readonly [number | undefined, number],
  baseline: readonly [number | undefined, number] = [100, 1000],
  metrics: readonly string[] = [latency.metricName],
): Readings {
  const reading = ([value, sampleSize]: readonly [number | undefined, number]): Reading => ({
    value,
    sampleSize,
  });
  const pair = { candidate: reading(candidate), baseline: reading(baseline) };
  return { ok: true, metrics: new Map(metrics.map((name) => [name, pair])) };
}

/** The world that a run sees; a test changes it as it likes. */
export type World = { -readonly [K in keyof Observation]: Observation[K] } & {
  /** The answer to a check that is due, `seconds` after the start. */
  check: (seconds: number) => Readings;
};

export interface Run {
  readonly world: World;
  readonly status: ExperimentStatus;
  /** Seconds since the start. */
  readonly seconds: number;
  readonly effects: readonly Effect[];
  readonly lines: readonly Line[];
  /** `[message, baseline/candidate]`, a row for each new message. */
  readonly rows: readonly (readonly [string, string])[];
  /** Lets the loop decide once. */
  decide(): void;
  /** Lets the loop decide until `seconds` have passed. */
  pass(seconds: number): void;
  /** Lets the loop decide until the experiment is completed (at most a day). */
  finish(): void;
  /** Another process goes on: it looks for the first time. */
  restart(): void;
}

export function startRun(
  plan: Plan,
  change: Partial<World> = {},
  recorded: ExperimentStatus = initialStatus(START),
): Run {
  const world: World = {
    action: "",
    baseline: plan.baseline === undefined ? undefined : pods(1),
    candidate: pods(1),
    routed: plan.baseline === undefined ? undefined : 0,
    resumed: false,
    loser: "stopped",
    check: (seconds) => measured([60, 10 * seconds]),
    ...change,
  };
  let status = recorded;
  let now = START;
  const effects: Effect[] = [];
  const lines: Line[] = [];
  const rows: (readonly [string, string])[] = [];
  const note = () => {
    const { baseline = 0, candidate = 0 } = status.trafficSplitPercentage ?? {};
    const row = [status.message ?? "", `${baseline}/${candidate}`] as const;
    if (rows.at(-1)?.[0] !== row[0]) rows.push(row);
  };
  note();

  const decideOnce = () => {
    const { check, loser, ...rest } = world;
    const seen: Observation = {
      ...rest,
      ...(isCheckDue(plan, status, now) && { readings: check((now - START) / 1000) }),
      ...(status.loop?.movedAt !== undefined && loser !== undefined && { loser }),
    };
    const decision = decide(plan, status, seen, now);
    const changed = decision.status !== status || decision.completed !== undefined;
    status = decision.status;
    note();
    lines.push(...decision.lines);
    for (const effect of decision.effects) {
      effects.push(effect);
      take(world, plan, effect);
    }
    status = decision.completed ?? status;
    note();
    world.resumed = false;
    if (!changed) now += 1000;
  };

  return {
    world,
    get status() {
      return status;
    },
    get seconds() {
      return (now - START) / 1000;
    },
    effects,
    lines,
    rows,
    decide: decideOnce,
    pass(seconds) {
      const end = now + seconds * 1000;
      while (now < end) decideOnce();
    },
    finish() {
      const end = now + 24 * 3_600_000;
      while (status.phase !== "Completed" && now < end) decideOnce();
    },
    restart() {
      world.resumed = true;
    },
  };
}

function take(world: World, plan: Plan, effect: Effect): void {
  switch (effect.do) {
    case "route":
      world.routed = effect.candidate;
      return;
    case "remove":
      if (effect.deployment === plan.candidate) world.candidate = undefined;
      else world.baseline = undefined;
      return;
    case "clear-action":
      world.action = "";
      return;
    default:
  }
}
