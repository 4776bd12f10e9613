/** What a strategy is: given one check, which weight it wants next. */
import type { STRATEGIES } from "../../experiment/schema.ts";
import { checkAndIncrement } from "./check-and-increment.ts";
import { incrementWithoutCheck } from "./increment-without-check.ts";

export interface StrategyInput {
  /** The check that starts the experiment. */
  readonly first: boolean;
  readonly allMet: boolean;
  /** Whether any number moved since the last check. */
  readonly changed: boolean;
  /** The weight that the strategy wanted last, in percent; may have a fraction. */
  readonly weight: number;
  readonly stepSize: number;
  readonly maxWeight: number;
}

export interface Strategy {
  /** Whether checks read metrics at all. */
  readonly reads: boolean;
  /** The weight in percent that the strategy wants now. */
  readonly next: (input: StrategyInput) => number;
}

/** The strategies that there are; the other names of Iter8 are refused when an experiment is created. */
export const AVAILABLE: { readonly [name in (typeof STRATEGIES)[number]]?: Strategy } = {
  check_and_increment: checkAndIncrement,
  increment_without_check: incrementWithoutCheck,
};
