/** Ours: stops as soon as the evidence suffices, promotes as soon as every criterion has earned it, climbs inside a risk budget. */
import type { Standing } from "../evidence/model.ts";

/** Weights in percent, times in ms. */
export interface SequentialLimits {
  readonly steps: readonly number[];
  /** From the first weight on. */
  readonly minSoakMs: number;
  readonly deadlineMs: number;
}

export type Move =
  /** Which criterion, by its index, weighs most. */
  | { readonly kind: "abort"; readonly by: number | "starvation" }
  | { readonly kind: "promote" }
  | { readonly kind: "weight"; readonly candidate: number }
  | { readonly kind: "hold" }
  /** The deadline has come before the evidence. */
  | { readonly kind: "inconclusive" };

export interface Moment {
  /** The candidate's weight now, percent. */
  readonly weight: number;
  /** Its weight during the poll. A new weight is looked at for at least one poll before the next step. */
  readonly during: number;
  /** From the first weight to the end of the poll. */
  readonly elapsedMs: number;
}

/** What one poll's evidence asks for (docs/evidence.md). A step is never skipped, and the last one is looked at before a promotion. */
export function nextMove(
  { steps, minSoakMs, deadlineMs }: SequentialLimits,
  standing: Standing,
  { weight, during, elapsedMs }: Moment,
): Move {
  if (standing.abort !== undefined) return { kind: "abort", by: standing.abort.by };
  const last = steps.at(-1) ?? 0;
  if (standing.promote && elapsedMs >= minSoakMs && during >= last) return { kind: "promote" };
  if (elapsedMs >= deadlineMs) return { kind: "inconclusive" };
  // More requests for a candidate that looks bad would only be spent on making sure.
  if (standing.against >= 1) return { kind: "hold" };
  const step = steps.find((candidate) => candidate > weight);
  return step !== undefined && during === weight && step <= (standing.allowed ?? 0)
    ? { kind: "weight", candidate: step }
    : { kind: "hold" };
}
