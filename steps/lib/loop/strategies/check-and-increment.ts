import type { Strategy } from "./contract.ts";

/** Iter8's default: one step more after the first check and after every check that all criteria meet; never less. */
export const checkAndIncrement = {
  kind: "checks",
  reads: true,
  next: ({ first, allMet, changed, weight, stepSize, maxWeight }) =>
    changed && (first || allMet) ? Math.min(weight + stepSize, maxWeight) : weight,
} as const satisfies Strategy;
