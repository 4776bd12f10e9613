/** What came of all scenarios, as a table. Pure. */

import { failed } from "../../sandbox/scenario/record.ts";
import { howLong, type ScenarioResult } from "../../sandbox/scenario/run.ts";
import { columns } from "../../sandbox/scenario/terminal.ts";

export type Played =
  | { readonly kind: "played"; readonly result: ScenarioResult }
  | { readonly kind: "skipped"; readonly scenario: string; readonly why: string }
  /** Something around it failed, and there is no result. */
  | { readonly kind: "broken"; readonly scenario: string; readonly why: string };

const HEAD = ["SCENARIO", "OUTCOME", "TIME", "REQUESTS", "LOST", "VIOLATIONS"];

/** One line for each scenario under a head, then how many passed and failed. */
export function table(all: readonly Played[]): readonly string[] {
  const played = all.filter(({ kind }) => kind !== "skipped");
  const passed = played.filter(hasPassed).length;
  return [...columns([HEAD, ...all.map(row)]), "", `${passed} passed, ${played.length - passed} failed`];
}

/** Whether none has failed: what was skipped says nothing. */
export function noneFailed(all: readonly Played[]): boolean {
  return all.every((one) => one.kind === "skipped" || hasPassed(one));
}

/**
 * A sentence when skipping was no pass: who names files wants to see them played, and a suite that plays nothing shows
 * nothing.
 */
export function unplayed(all: readonly Played[], named: boolean): string | undefined {
  const skipped = all.flatMap((one) => (one.kind === "skipped" ? [one.scenario] : []));
  if (skipped.length === 0 || (!named && skipped.length < all.length)) return undefined;
  return `Not passed, for ${skipped.length === 1 ? "it was" : "they were"} not played: ${skipped.join(", ")}.`;
}

function hasPassed(one: Played): boolean {
  return one.kind === "played" && one.result.record.passed;
}

function row(one: Played): readonly string[] {
  if (one.kind === "skipped") return [one.scenario, `skipped: ${one.why}`, "", "", "", ""];
  if (one.kind === "broken") return [one.scenario, `failed: ${one.why.split("\n")[0]}`, "", "", "", ""];
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
