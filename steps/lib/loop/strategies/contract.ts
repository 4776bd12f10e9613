/** What a strategy is: given one check, which weight it wants next; or the evidence of every poll decides (judging.ts). */
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

export type Strategy =
  /** Iter8's way: checks on a fixed grid, a fixed number of them. */
  | {
      readonly kind: "checks";
      /** Whether checks read metrics at all. */
      readonly reads: boolean;
      /** The weight in percent that the strategy wants now. */
      readonly next: (input: StrategyInput) => number;
    }
  /** Ours: raw counters of every poll, see sequential.ts. */
  | { readonly kind: "evidence" };
