import type { STRATEGIES } from "../../experiment/schema.ts";
import { checkAndIncrement } from "./check-and-increment.ts";
import type { Strategy } from "./contract.ts";
import { incrementWithoutCheck } from "./increment-without-check.ts";

/** The strategies that there are; the other names of Iter8 are refused when an experiment is created. */
export const AVAILABLE: { readonly [name in (typeof STRATEGIES)[number]]?: Strategy } = {
  check_and_increment: checkAndIncrement,
  increment_without_check: incrementWithoutCheck,
  sequential: { kind: "evidence" },
};

/** Whether the strategy needs metrics to decide. */
export function readsMetrics(name: (typeof STRATEGIES)[number]): boolean {
  const strategy = AVAILABLE[name];
  return strategy?.kind === "evidence" || strategy?.reads === true;
}
