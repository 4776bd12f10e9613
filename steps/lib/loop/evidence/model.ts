/**
 * What the evidence is about and made of. Probabilities and shares are numbers from 0 to 1; a route's weight is in percent;
 * evidence is odds (100 means 100:1).
 */

/** Requests of both versions in one poll, and how many of them were bad (failed, or slower than a limit). */
export interface Tally {
  readonly candidate: Requests;
  readonly baseline: Requests;
}

export interface Requests {
  readonly requests: number;
  readonly bad: number;
}

/** A claim about mean scores: candidate <= ratio * baseline + margin. A plain limit has ratio 0 and the limit as margin. */
export interface Claim {
  readonly ratio: number;
  readonly margin: number;
}

/** What must hold of the candidate. */
export type EvidenceCriterion =
  /** The share of bad requests. `orNoWorse`: a limit that the baseline breaches too is not the candidate's fault. */
  | { readonly kind: "share"; readonly name: string; readonly claim: Claim; readonly orNoWorse: boolean }
  /** Not slower at any bucket edge: the claim on the share beyond each edge. */
  | { readonly kind: "edges"; readonly name: string; readonly claim: Claim }
  /** The mean of a grouped quantity, capped (score-bets.ts); margin and edges in its unit. */
  | {
      readonly kind: "mean";
      readonly name: string;
      readonly claim: Claim;
      /** Finite upper edges of the buckets, ascending. */
      readonly edges: readonly number[];
    };

/** One poll as one criterion sees it. */
export type CriterionCounts =
  /** A limit between two bucket edges is judged on the safe one for each side. */
  | { readonly kind: "share"; readonly abort: Tally; readonly promote: Tally }
  | { readonly kind: "edges"; readonly edges: readonly Tally[] }
  /** Requests per bucket, one more bucket than edges: the last is beyond the last edge. */
  | { readonly kind: "mean"; readonly candidate: readonly number[]; readonly baseline: readonly number[] };

export interface Poll {
  /** The candidate's weight on the route during the poll, percent. */
  readonly weight: number;
  /** Answered requests and the failed ones among them: for starvation and for the risk budget. */
  readonly requests: Tally;
  /** In the order of the rule's criteria; undefined where the poll does not count (warm-up). */
  readonly criteria: readonly (CriterionCounts | undefined)[];
}

export interface Rule {
  /** alpha: how often a candidate that meets every criterion may be aborted. */
  readonly falseAbort: number;
  /** beta: how often a candidate that violates one may be promoted. */
  readonly wrongPromote: number;
  /** B: additional failed requests that the ramp may cost, as a share of all traffic. */
  readonly riskBudget: number;
  /** No single poll can abort. */
  readonly ignoreWorstPoll: boolean;
  /** phi >= 1: requests come in groups of up to so many that fail together. */
  readonly burst: number;
  /** Polls until the deadline, at least 1, fixed when the run starts. */
  readonly horizon: number;
  /** Weights to climb, percent, ascending. */
  readonly steps: readonly number[];
  readonly criteria: readonly EvidenceCriterion[];
}

/** Where one criterion stands. */
export interface CriterionStanding {
  readonly name: string;
  /** Odds that it is violated; decides together with the other criteria. With `orNoWorse` the lesser of both. */
  readonly against: number;
  /** The same without the poll that speaks most against the candidate. */
  readonly withoutWorst: number;
  /** Odds that it holds: now. */
  readonly for: number;
  /** Both versions are beyond the limit: held, not blamed on the candidate. */
  readonly bothOver: boolean;
  /** Everything counted so far (for `edges`: at the edge that speaks most against the candidate; for `mean`: no tally). */
  readonly tally: Tally | undefined;
  /** For a reader, see bound.ts: what the candidate's share (or mean) may at most be, with confidence 1 - wrongPromote. */
  readonly bound?: number;
}

export interface Standing {
  readonly polls: number;
  /** Odds against the candidate, all criteria and starvation combined; and what is needed. */
  readonly against: number;
  readonly withoutWorst: number;
  readonly needAgainst: number;
  readonly needFor: number;
  /** Set when the odds against suffice: the criterion that weighs most. */
  readonly abort: { readonly by: number | "starvation" } | undefined;
  readonly starvation: {
    readonly against: number;
    readonly withoutWorst: number;
    readonly candidate: number;
    readonly baseline: number;
    /** Whether the observed split was ever seen to reach a weight. */
    readonly reached: boolean;
  };
  readonly criteria: readonly CriterionStanding[];
  /** Every criterion has earned it now. */
  readonly promote: boolean;
  /** The largest step, percent, that the risk budget allows now; undefined when not even the first. */
  readonly allowed: number | undefined;
}

/** Everything that polls have shown so far: plain data, a pure function of the rule and the polls. */
export interface Evidence {
  readonly polls: number;
  /** In the order of the rule's criteria. */
  readonly criteria: readonly CriterionEvidence[];
  readonly starvation: StarvationEvidence;
  /** The same order as the rule's steps. */
  readonly ramp: readonly ClaimEvidence<Wealth>[];
}

export type CriterionEvidence =
  | ShareEvidence
  | { readonly kind: "edges"; readonly edges: readonly ShareEvidence[] }
  | MeanEvidence;

/** On a share of bad requests. */
export interface ShareEvidence {
  readonly kind: "share";
  readonly against: ClaimEvidence<WealthWithoutWorst>;
  /** With `orNoWorse`: against "no worse than the baseline". */
  readonly againstNoWorse: ClaimEvidence<WealthWithoutWorst> | undefined;
  readonly inFavour: ClaimEvidence<Wealth>;
  /** Sums of what was counted for each side. */
  readonly abort: Tally;
  readonly promote: Tally;
}

export interface MeanEvidence {
  readonly kind: "mean";
  readonly against: ClaimEvidence<WealthWithoutWorst>;
  readonly inFavour: ClaimEvidence<Wealth>;
  /** The candidate's requests per bucket, all polls. */
  readonly candidate: readonly number[];
}

export interface StarvationEvidence {
  readonly against: ClaimEvidence<WealthWithoutWorst>;
  readonly candidate: number;
  readonly baseline: number;
  readonly split: Split;
}

/** What the mesh was seen to do with the weights, percent. */
export interface Split {
  /** The highest weight that the observed split reached; undefined before the first. */
  readonly reached: number | undefined;
  /** Requests at a weight, collected until they are enough to tell. */
  readonly collected: { readonly weight: number; readonly candidate: number; readonly all: number };
}

/** Bets on one claim, and what they need to know of the past. */
export interface ClaimEvidence<W> {
  readonly wealth: W;
  readonly guess: Guess;
  /** Whether the guess is more than an assumption. */
  readonly seen: boolean;
  /** The candidate's requests of each kind that still wait for requests of the baseline to be compared with. */
  readonly waiting: readonly number[];
}

/** Discounted counts of the baseline's past requests, one for each kind. */
export type Guess = readonly number[];

/** What each bet has made of its part of the stake, as natural logarithms: it may become very little and come back. */
export interface Wealth {
  readonly logs: readonly number[];
}

/** What each bet has made of its stakes, with late starts, and the same in copies that never saw one of the polls. */
export interface WealthWithoutWorst {
  readonly polls: number;
  readonly bets: readonly number[];
  /** Only those that may become the least: none is nowhere below another one. */
  readonly copies: readonly (readonly number[])[];
}
