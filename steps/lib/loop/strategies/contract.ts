/** What a strategy is: given one check, which weight it wants next. */
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
