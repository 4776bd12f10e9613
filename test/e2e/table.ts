/** What came of all scenarios, as a table. Pure. */

import { failed } from "../../sandbox/scenario/record.ts";
import { howLong, type ScenarioResult } from "../../sandbox/scenario/run.ts";
import { columns } from "../../sandbox/scenario/terminal.ts";

export type Played =
  | { readonly kind: "played"; readonly result: ScenarioResult }
  | { readonly kind: "skipped"; readonly scenario: string; readonly why: string };

const HEAD = ["SCENARIO", "OUTCOME", "TIME", "REQUESTS", "LOST", "VIOLATIONS"];

/** One line for each scenario under a head, then how many passed and failed. */
export function table(all: readonly Played[]): readonly string[] {
  const results = all.flatMap((one) => (one.kind === "played" ? [one.result.record] : []));
  const passed = results.filter((record) => record.passed).length;
  return [...columns([HEAD, ...all.map(row)]), "", `${passed} passed, ${results.length - passed} failed`];
}

/** Whether the suite has passed: what was skipped says nothing. */
export function allPassed(all: readonly Played[]): boolean {
  return all.every((one) => one.kind === "skipped" || one.result.record.passed);
}

function row(one: Played): readonly string[] {
  if (one.kind === "skipped") return [one.scenario, `skipped: ${one.why}`, "", "", "", ""];
  const { record, sightings } = one.result;
  const replies = sightings.flatMap((sighting) => (sighting.kind === "reply" ? [sighting] : []));
  return [
    record.scenario,
    record.passed ? "passed" : "failed",
    howLong(record),
    String(replies.length),
    String(replies.filter(failed).length),
    String(record.violations.length),
  ];
}
