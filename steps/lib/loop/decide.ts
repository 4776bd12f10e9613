/**
 * The experiment loop as one pure function: (plan, status, what is seen, now) -> (new status, effects, lines). Which stage
 * the release is in follows from the status alone, so any process can go on where another one was killed.
 */
import type { ExperimentStatus } from "../experiment/schema.ts";
import { downLines, lossOf, noteDown, onlyCandidateLeft } from "./baseline.ts";
import { finish } from "./finishing.ts";
import { iterate } from "./iterating.ts";
import type { Decision, Observation, Plan, Verdict } from "./model.ts";
import { noteOutage, outageLines } from "./outage.ts";
import { conclude, unchanged } from "./record.ts";
import { deleted, ended, overridden, superseded } from "./verdicts.ts";
import { waitForCandidate } from "./waiting.ts";

export function decide(plan: Plan, found: ExperimentStatus, seen: Observation, now: number): Decision {
  if (found.phase === "Completed") return unchanged(found);
  const noted = noteOutage(found, seen, now);
  const decision = proceed(plan, noted, seen, now);
  return { ...decision, lines: [...outageLines(found, noted, now), ...decision.lines] };
}

function proceed(plan: Plan, found: ExperimentStatus, seen: Observation, now: number): Decision {
  if (seen.outdated === true && seen.routed !== undefined) return mendSubset(plan, found, seen.routed);
  const status = noteDown(plan, found, seen, now);
  const decision = goOn(plan, status, seen, now);
  return { ...decision, lines: [...downLines(plan, found, status, seen), ...decision.lines] };
}

function goOn(plan: Plan, status: ExperimentStatus, seen: Observation, now: number): Decision {
  const recorded = status.loop?.verdict;
  if (recorded !== undefined) return finish(plan, status, recorded, seen, now);
  // No wish can bring the traffic back to a baseline that is lost.
  const wish = onlyCandidateLeft(plan, status, seen, now)
    ? lossOf(plan, status, seen, now)
    : wishToEnd(plan, seen);
  if (wish !== undefined) return conclude(status, wish, now);
  return status.loop?.startedAt === undefined
    ? waitForCandidate(plan, status, seen, now)
    : iterate(plan, status, seen, now);
}

/** The baseline got another template, by a restart or a rollout: its subset follows the pods, the weights stay. */
function mendSubset(plan: Plan, status: ExperimentStatus, weight: number): Decision {
  const text = `The pods of ${plan.baseline ?? "the baseline"} were replaced: its subset follows them, the weights stay.`;
  return {
    ...unchanged(status),
    effects: [{ do: "route", candidate: weight }],
    lines: [{ level: "info", text }],
  };
}

/** What ends a run at any moment. A promotion by hand waits for a candidate that can take the traffic. */
function wishToEnd(plan: Plan, seen: Observation): Verdict | undefined {
  if (seen.deleted === true) return deleted(plan);
  if (seen.action === "override_failure") return overridden(plan, "override_failure");
  if (seen.action === "override_success" && seen.candidate?.available === true) {
    return overridden(plan, "override_success");
  }
  if (seen.ended !== undefined) return ended(plan, seen.ended);
  if (seen.supersededBy !== undefined) return superseded(plan, seen.supersededBy);
  return undefined;
}
