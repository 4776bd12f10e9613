/** The rules that are measured. */
import { argoRollouts } from "./argo-rollouts.ts";
import { EVERY_EDGE, LIMIT_ALONE } from "./criteria.ts";
import { flagger } from "./flagger.ts";
import { iter8 } from "./iter8.ts";
import { kayenta } from "./kayenta.ts";
import { oracle } from "./oracle.ts";
import type { Rule } from "./rule.ts";
import { sequential } from "./sequential.ts";
import { peekingZTest } from "./z-test.ts";

export const OURS = sequential();
const PEERS = [
  flagger(60_000),
  flagger(10_000),
  argoRollouts(60_000, 0),
  argoRollouts(300_000, 3),
  iter8("delta"),
  iter8("threshold"),
  kayenta(),
  peekingZTest(),
];
export const COMPARED: readonly Rule[] = [OURS, ...PEERS];
export const ORACLE = oracle();

/** What each part of the rule is worth. */
export const VARIANTS: readonly Rule[] = [
  sequential({ name: "first weight 5 %", first: 5, fewer: true }),
  sequential({ name: "without ignore-worst-poll", ignoreWorstPoll: false, fewer: true }),
  sequential({ name: "burst 1 instead of auto", burst: 1, fewer: true }),
];
export const ANY_EDGE = sequential({
  name: "sequential, slower at any edge",
  criteria: EVERY_EDGE,
  fewer: true,
});
export const ONLY_LIMIT = sequential({ name: "sequential, errors limit alone", criteria: LIMIT_ALONE });
export const NO_BURSTS = sequential({ name: "sequential, burst 1", burst: 1 });
export const LONG_SOAK = sequential({ name: "sequential, minSoak 10 min", minSoakMs: 600_000 });

/** Whose guarantee is at stake. */
export const isOurs = (rule: Rule): boolean =>
  [OURS, ONLY_LIMIT, NO_BURSTS, LONG_SOAK, ANY_EDGE].includes(rule);
