/**
 * Several criteria share one stake: the sum of w_i * M_i with weights that total 1 is a fair bet if each M_i is, under any
 * dependence between them (docs/evidence.md; Vovk and Wang 2021). Criteria have equal parts; starvation has a tenth.
 */

const FOR_STARVATION = 0.1;

/** Odds against the candidate, each criterion's and starvation's. */
export interface Parts {
  readonly criteria: readonly number[];
  readonly starvation: number;
}

export interface Combined {
  readonly odds: number;
  /** Whose part is the largest: the index of a criterion. */
  readonly by: number | "starvation";
}

export function combine({ criteria, starvation }: Parts): Combined {
  const parts = criteria.map((odds) => ((1 - FOR_STARVATION) / criteria.length) * odds);
  const starved = FOR_STARVATION * starvation;
  const most = Math.max(0, ...parts);
  return {
    odds: parts.reduce((sum, part) => sum + part, starved),
    by: starved > most ? "starvation" : parts.indexOf(most),
  };
}
