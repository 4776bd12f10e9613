/** The evidence on one criterion: which claims it makes, and which requests speak to them. */
import { addAgainst, addInFavour, type Bettor, startAgainst, startInFavour } from "./claim.ts";
import type { Side } from "./e-value.ts";
import type {
  Claim,
  CriterionCounts,
  CriterionEvidence,
  EvidenceCriterion,
  MeanEvidence,
  Rule,
  ShareEvidence,
  Tally,
} from "./model.ts";
import { onMean } from "./score-bets.ts";
import { badAndGood, onAnyShare, onShare } from "./share-bets.ts";

/** A limit that the baseline breaches too is the candidate's fault only where it is worse than the baseline. */
const NO_WORSE: Claim = { ratio: 1, margin: 0 };

const NONE: Tally = { candidate: { requests: 0, bad: 0 }, baseline: { requests: 0, bad: 0 } };

export function startCriterion(criterion: EvidenceCriterion): CriterionEvidence {
  switch (criterion.kind) {
    case "share":
      return startShare(onShare, criterion.claim, criterion.orNoWorse);
    case "edges":
      return { kind: "edges", edges: [] };
    case "mean":
      return startMean(criterion);
  }
}

/** Throws when the counts are not of the criterion's kind. */
export function addToCriterion(
  rule: Rule,
  criterion: EvidenceCriterion,
  evidence: CriterionEvidence,
  counts: CriterionCounts,
): CriterionEvidence {
  if (evidence.kind === "share" && counts.kind === "share") {
    return addToShare(rule, onShare, criterion.claim, evidence, counts);
  }
  if (evidence.kind === "edges" && counts.kind === "edges") {
    const edges = counts.edges.map((tally, index) => {
      const own = evidence.edges[index] ?? startShare(onAnyShare, criterion.claim, false);
      return addToShare(rule, onAnyShare, criterion.claim, own, { abort: tally, promote: tally });
    });
    return { kind: "edges", edges };
  }
  if (criterion.kind === "mean" && evidence.kind === "mean" && counts.kind === "mean") {
    return addToMean(rule, criterion, evidence, counts);
  }
  throw new Error(`criterion ${criterion.name} counts ${evidence.kind} and was given ${counts.kind}`);
}

type BetsOn = (side: Side, claim: Claim) => Bettor;

function startShare(on: BetsOn, claim: Claim, orNoWorse: boolean): ShareEvidence {
  return {
    kind: "share",
    against: startAgainst(on("against", claim)),
    againstNoWorse: orNoWorse ? startAgainst(on("against", NO_WORSE)) : undefined,
    inFavour: startInFavour(on("for", claim)),
    abort: NONE,
    promote: NONE,
  };
}

function addToShare(
  rule: Rule,
  on: BetsOn,
  claim: Claim,
  { against, againstNoWorse, inFavour, abort, promote }: ShareEvidence,
  counts: { readonly abort: Tally; readonly promote: Tally },
): ShareEvidence {
  const poll = badAndGood(counts.abort);
  return {
    kind: "share",
    against: addAgainst(on("against", claim), against, poll, rule),
    againstNoWorse: againstNoWorse && addAgainst(on("against", NO_WORSE), againstNoWorse, poll, rule),
    inFavour: addInFavour(on("for", claim), inFavour, badAndGood(counts.promote), rule),
    abort: sum(abort, counts.abort),
    promote: sum(promote, counts.promote),
  };
}

type MeanCriterion = Extract<EvidenceCriterion, { kind: "mean" }>;

function startMean({ claim, edges }: MeanCriterion): MeanEvidence {
  return {
    kind: "mean",
    against: startAgainst(onMean("against", claim, edges)),
    inFavour: startInFavour(onMean("for", claim, edges)),
    candidate: [],
  };
}

function addToMean(
  rule: Rule,
  { claim, edges }: MeanCriterion,
  { against, inFavour, candidate }: MeanEvidence,
  counts: Extract<CriterionCounts, { kind: "mean" }>,
): MeanEvidence {
  return {
    kind: "mean",
    against: addAgainst(onMean("against", claim, edges), against, counts, rule),
    inFavour: addInFavour(onMean("for", claim, edges), inFavour, counts, rule),
    candidate: counts.candidate.map((count, bucket) => count + (candidate[bucket] ?? 0)),
  };
}

function sum(a: Tally, b: Tally): Tally {
  const of = (version: keyof Tally) => ({
    requests: a[version].requests + b[version].requests,
    bad: a[version].bad + b[version].bad,
  });
  return { candidate: of("candidate"), baseline: of("baseline") };
}
