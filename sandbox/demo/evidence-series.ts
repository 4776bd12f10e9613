/** The evidence in a release over time, as its Experiment showed it after each poll. Pure: made from what was seen. */
import { formatOdds } from "../../steps/lib/loop/sequential/words.ts";
import { type Frame, runExperiment } from "../scenario/frame.ts";
import { seconds } from "../scenario/record.ts";
import type { Sighting } from "../scenario/sightings.ts";
import { leastOf, type Odds, readEvidence } from "./evidence-reading.ts";

export interface EvidencePoint extends Pick<Odds, "against" | "inFavour"> {
  /** Seconds from the push. */
  readonly at: number;
}

export interface EvidenceSeries extends Pick<Odds, "needAgainst" | "needFor"> {
  /** What must hold, in words. */
  readonly criteria: readonly string[];
  readonly points: readonly EvidencePoint[];
  /** Undefined when something else ended the release. */
  readonly decision: Decision | undefined;
}

export interface Decision {
  readonly at: number;
  readonly kind: "against" | "for";
  /** What sufficed: the odds against, or the least of those for. */
  readonly odds: number;
}

/** Undefined for a release that another strategy decided, or that ended before its first poll. */
export function evidenceOf(sightings: readonly Sighting[], frame: Frame): EvidenceSeries | undefined {
  const uid = runExperiment(sightings, frame)?.metadata.uid;
  const points: EvidencePoint[] = [];
  let criteria: readonly string[] = [];
  let needs: Pick<Odds, "needAgainst" | "needFor"> | undefined;
  let decision: Decision | undefined;
  for (const one of sightings) {
    if (one.kind !== "object" || one.at < frame.from || one.at > frame.until || decision !== undefined)
      continue;
    if (one.object.kind !== "Experiment" || one.object.metadata.uid !== uid) continue;
    const reading = readEvidence(one.object);
    if (reading === undefined) continue;
    const at = seconds(one.at - frame.from);
    // Every bet begins with the stake that it was given.
    if (points.length === 0) points.push({ at, against: 1, inFavour: reading.criteria.map(() => 1) });
    const { odds, decided } = reading;
    if (odds === undefined) continue;
    const { against, inFavour, needAgainst, needFor } = odds;
    criteria = reading.criteria;
    needs = { needAgainst, needFor };
    const point = { at, against, inFavour };
    if (!same(point, points.at(-1))) points.push(point);
    if (decided !== undefined)
      decision = { at, kind: decided, odds: decided === "for" ? leastOf(odds) : against };
  }
  return needs && { ...needs, criteria, points, decision };
}

/** What the evidence did: `rolled back at 124:1 against the candidate`. */
export function reached({ kind, odds }: Decision): string {
  return kind === "against"
    ? `rolled back at ${formatOdds(odds)} against the candidate`
    : `promoted at ${formatOdds(odds)} or more for every criterion`;
}

/** The Experiment is written for other reasons too. */
function same(one: EvidencePoint, other: EvidencePoint | undefined): boolean {
  return JSON.stringify({ ...one, at: 0 }) === JSON.stringify({ ...other, at: 0 });
}
