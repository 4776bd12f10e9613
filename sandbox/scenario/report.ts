/** What came of a scenario, as text. Pure. */
import { NOBODY, type Requests } from "./record.ts";
import type { ScenarioResult, StepResult } from "./run.ts";
import { type Colours, columns } from "./terminal.ts";

/** Lines of a failed step's log that are shown. */
const TAIL = 12;

/** One block of lines; the log of what went wrong is at its end. */
export function report({ record, steps, sightings }: ScenarioResult, paint: Colours): string {
  const sign = record.passed ? paint.green("✓") : paint.red("✗");
  const lines = [`${sign} ${paint.bold(record.scenario)} ${paint.dim(`${record.seconds.toFixed(1)} s`)}`];
  for (const [index, step] of steps.entries()) lines.push(...stepLines(index + 1, step, paint));
  lines.push(`  ${paint.dim("left")}     ${record.objects.join(", ") || "nothing"}`);
  for (const failure of record.failures) lines.push(`  ${paint.red("✗")} ${indented(failure)}`);
  for (const violation of record.violations) lines.push(`  ${paint.red("✗ rule broken")} ${violation}`);
  if (!record.passed) {
    for (const step of steps.filter(({ failures }) => failures.length > 0))
      lines.push(...logTail(step, sightings, paint));
  }
  return lines.join("\n");
}

function stepLines(number: number, { title, findings }: StepResult, paint: Colours): readonly string[] {
  const { record, candidate } = findings;
  const label = (text: string) => `     ${paint.dim(text.padEnd(8))} `;
  const statuses = record.statuses.map(({ at, state }) => `${at.toFixed(1)} s ${stateText(state, paint)}`);
  const shares = record.weights.map(({ at, split }) => ({ at, percent: split[candidate ?? ""] ?? 0 }));
  const weights = shares
    .filter(({ percent }, index) => percent !== shares[index - 1]?.percent)
    .map(({ at, percent }) => `${at.toFixed(1)} s ${percent} %`);
  const users = columns(Object.entries(record.requests).map(([name, requests]) => userCells(name, requests)));
  return [
    `  ${number}. ${title} ${paint.dim([record.revision.slice(0, 7), record.run].filter(Boolean).join("  "))}`,
    ...(record.outcome === ""
      ? []
      : [
          `${label("outcome")}${record.outcome} (${record.reason}) after ${record.seconds.toFixed(1)} s: ${record.message}`,
        ]),
    ...(statuses.length === 0 ? [] : [`${label("commit")}${statuses.join(", ")}`]),
    ...(candidate === undefined || record.outcome === "first-deployment"
      ? []
      : [`${label("weights")}${weights.join(", ")}  ${paint.dim(`(of ${candidate})`)}`]),
    ...users.map((line, index) => `${label(index === 0 ? "users" : "")}${line}`),
  ];
}

function userCells(name: string, { total, errors, p50, p99 }: Requests): readonly string[] {
  const who = name === NOBODY ? "no version" : name;
  const latency = p50 === undefined ? "" : `median ${p50} ms, p99 ${p99} ms`;
  return [who, `${total} requests`, `${errors} failed`, latency];
}

function stateText(state: string, paint: Colours): string {
  if (state === "success") return paint.green(state);
  return state === "pending" ? state : paint.red(state);
}

function logTail(
  { frame }: StepResult,
  sightings: ScenarioResult["sightings"],
  paint: Colours,
): readonly string[] {
  const lines = sightings.flatMap((one) =>
    one.kind === "output" && frame.run !== "" && one.source.startsWith(`${frame.run}/`) ? [one] : [],
  );
  if (lines.length === 0) return [];
  return [
    `  ${paint.dim(`the end of the log of ${frame.run}`)}`,
    ...lines
      .slice(-TAIL)
      .map(({ source, text }) => `    ${paint.dim(source.split("/").slice(1).join("/"))}  ${text}`),
  ];
}

function indented(text: string): string {
  return text.split("\n").join("\n      ");
}
