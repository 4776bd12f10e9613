import type { Strategy } from "./contract.ts";

/** One whole step more at every iteration. A step beyond the maximum is left out, not cut (step 30, max 80 ends at 60). */
export const incrementWithoutCheck = {
  kind: "checks",
  reads: false,
  next: ({ weight, stepSize, maxWeight }) => {
    const next = weight + Math.trunc(stepSize);
    return next <= Math.trunc(maxWeight) ? next : weight;
  },
} as const satisfies Strategy;
