/** The criteria that the sequential rule is measured with. */
import type { Claim, EvidenceCriterion } from "../../../steps/lib/loop/evidence/model.ts";
import type { Allowed } from "../bound.ts";
import { SLOW_MS } from "../world.ts";

export interface Judged {
  readonly criterion: EvidenceCriterion;
  /** Bad requests: failed ones, those slower than a time, or those beyond each edge. */
  readonly bad: "errors" | "slow" | "edges";
}

const share = (name: string, claim: Claim, orNoWorse: boolean): EvidenceCriterion => ({
  kind: "share",
  name,
  claim,
  orNoWorse,
});

export const ERRORS_LIMIT: Judged = {
  criterion: share("errors", { ratio: 0, margin: 0.01 }, true),
  bad: "errors",
};

/** The default experiment. */
export const DEFAULT_CRITERIA: readonly Judged[] = [
  ERRORS_LIMIT,
  { criterion: share("errors against baseline", { ratio: 1, margin: 0.005 }, false), bad: "errors" },
  { criterion: share("slow against baseline", { ratio: 1, margin: 0.01 }, false), bad: "slow" },
];

/** A limit alone, without "or no worse than the baseline". */
export const LIMIT_ALONE: readonly Judged[] = [
  { criterion: share("errors", { ratio: 0, margin: 0.01 }, false), bad: "errors" },
];

/** The default experiment with "not slower at any bucket edge" for latency. */
export const EVERY_EDGE: readonly Judged[] = [
  ...DEFAULT_CRITERIA.slice(0, 2),
  { criterion: { kind: "edges", name: "slower", claim: { ratio: 1, margin: 0.01 } }, bad: "edges" },
];

/** Which kind of bad request of a stream a criterion counts; of `edges` the one at SLOW_MS. */
export function kindOf({ bad }: Judged, edges: readonly number[]): number {
  return bad === "errors" ? 0 : 1 + edges.indexOf(SLOW_MS);
}

/** What each criterion about errors, or about slow requests, allows a candidate. */
export function allowedEach(criteria: readonly Judged[], about: "errors" | "slow"): readonly Allowed[] {
  return criteria
    .filter(({ bad }) => (bad === "errors") === (about === "errors"))
    .map(
      ({ criterion }) =>
        (u) =>
          mostOf(criterion, u),
    );
}

/** What they allow together. */
export function allowedBy(criteria: readonly Judged[], about: "errors" | "slow"): Allowed {
  const each = allowedEach(criteria, about);
  return (u) => Math.min(...each.map((allowed) => allowed(u)));
}

function mostOf({ claim, ...criterion }: EvidenceCriterion, u: number): number {
  const allowed = claim.ratio * u + claim.margin;
  return criterion.kind === "share" && criterion.orNoWorse ? Math.max(allowed, u) : allowed;
}
