/** Compares what came of a step with what the file expects; only what is written is compared. */
import { formatDuration } from "../../steps/lib/experiment/duration.ts";
import type { StepFindings } from "./record.ts";
import type { Expectation } from "./schema.ts";

/** One sentence for each expectation that did not come true. */
export function unmet(expect: Expectation, found: StepFindings): readonly string[] {
  const { record } = found;
  const failures: string[] = [];
  const same = (what: string, wanted: unknown, was: unknown, more = "") => {
    if (wanted !== undefined && wanted !== was)
      failures.push(`${what} should be ${wanted}, is ${shown(was)}${more}`);
  };
  const told = record.message === "" ? "" : `: ${record.message}`;
  same("outcome", expect.outcome, record.outcome, told);
  const outcomeTold = expect.outcome !== undefined && expect.outcome !== record.outcome;
  same("reason", expect.reason, record.reason, outcomeTold ? "" : told);
  const terminal = record.statuses.findLast((one) => one.state !== "pending");
  same("terminal commit status", expect.status, terminal?.state, terminal ? `: ${terminal.description}` : "");
  same(
    "the Deployment with all traffic",
    expect.serving,
    found.serving,
    found.serving ? "" : ` (${lastSplit(found)})`,
  );
  if (expect.message !== undefined && !record.message.includes(expect.message)) {
    failures.push(`the outcome's sentence should contain "${expect.message}", is "${record.message}"`);
  }
  if (expect.weights !== undefined) {
    const was = candidateWeights(found);
    if (was.join() !== expect.weights.join()) {
      failures.push(`the candidate's weights should be ${list(expect.weights)}, were ${list(was)}`);
    }
  }
  for (const name of expect.gone ?? []) {
    if (found.objects.includes(name)) failures.push(`${name} should be gone, is still there`);
  }
  for (const name of expect.present ?? []) {
    if (!found.objects.includes(name)) failures.push(`${name} should be there, is gone`);
  }
  failures.push(...countProblems(expect, found), ...timeProblems(expect, found));
  return failures;
}

/** The candidate's distinct weights in order, as written to the route; none when the step had no candidate. */
export function candidateWeights({ record, candidate }: StepFindings): readonly number[] {
  if (candidate === undefined) return [];
  const all = record.weights.map(({ split }) => split[candidate] ?? 0);
  return all.filter((weight, index) => weight !== all[index - 1]);
}

function countProblems(expect: Expectation, { record, candidate }: StepFindings): readonly string[] {
  const failures: string[] = [];
  const errors = Object.values(record.requests).reduce((sum, one) => sum + one.errors, 0);
  const most = expect["errors-at-most"];
  if (most !== undefined && errors > most) {
    const who = Object.entries(record.requests)
      .filter(([, one]) => one.errors > 0)
      .map(([name, one]) => `${name}: ${one.errors} of ${one.total}`);
    failures.push(`at most ${most} requests should fail, ${errors} did (${who.join(", ")})`);
  }
  const wanted = expect["candidate-requests"];
  if (wanted !== undefined) {
    const got = candidate === undefined ? 0 : (record.requests[candidate]?.total ?? 0);
    const { "at-least": least, "at-most": limit } = wanted;
    if (least !== undefined && got < least)
      failures.push(`the candidate should get at least ${least} requests, got ${got}`);
    if (limit !== undefined && got > limit)
      failures.push(`the candidate should get at most ${limit} requests, got ${got}`);
  }
  return failures;
}

function timeProblems(expect: Expectation, found: StepFindings): readonly string[] {
  return [
    ...late("a terminal commit status", expect.within, found.toldAfter),
    ...late("all traffic on one version", expect["settled-within"], found.settledAfter),
  ];
}

/** `limit` in ms, `after` in s; undefined: never. */
function late(what: string, limit: number | undefined, after: number | undefined): readonly string[] {
  if (limit === undefined || (after !== undefined && after * 1000 <= limit)) return [];
  const when = after === undefined ? "it never came" : `it came after ${after} s`;
  return [`${what} should come within ${formatDuration(limit)}, ${when}`];
}

function lastSplit({ record }: StepFindings): string {
  const split = Object.entries(record.weights.at(-1)?.split ?? {});
  return split.length === 0
    ? "no version gets any"
    : split.map(([name, percent]) => `${name} ${percent} %`).join(", ");
}

function list(weights: readonly number[]): string {
  return weights.length === 0 ? "none" : weights.join(", ");
}

function shown(value: unknown): string {
  return value === undefined || value === "" ? "none" : String(value);
}
