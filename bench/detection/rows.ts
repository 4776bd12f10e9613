/** What is measured: each row is a world, and the rules that are tried on its streams. */
import type { Rule } from "./rules/rule.ts";
import {
  ANY_EDGE,
  COMPARED,
  LONG_SOAK,
  NO_BURSTS,
  ONLY_LIMIT,
  ORACLE,
  OURS,
  VARIANTS,
} from "./rules/tried.ts";
import { ISTIO_EDGES, SLOW_MS, type World } from "./world.ts";
import { EDGES, incident, worldOf } from "./worlds.ts";

/** What a candidate of this kind is: on the limit, both an abort and a promotion count as wrong. */
export type Verdict = "fine" | "violates" | "on the limit";

export interface Row {
  /** What happens, in words; rows with the same stream and rate are played on the same requests. */
  readonly stream: string;
  readonly world: World;
  readonly scrapeMs: number;
  /** Which bad requests are counted: 0 errors, else one more than the index of the edge. */
  readonly kind: number;
  readonly rules: readonly Rule[];
  readonly verdict: Verdict;
  /** Why the guarantee says nothing here; absent where it holds. */
  readonly notCovered?: string;
}

export const RATES = [10, 100, 1000] as const;
export const SHARES = [0.02, 0.05, 0.2, 1] as const;
export const SCRAPES_MS = [5000, 15_000, 30_000] as const;

const errors = { scrapeMs: 5000, kind: 0 } as const;
const slow = (edges: readonly number[]) => ({ scrapeMs: 5000, kind: 1 + edges.indexOf(SLOW_MS) });

const perRate = <T>(make: (rps: number) => T): readonly T[] => RATES.map(make);

/** A candidate with this share of errors; the baseline has 0.1 %. */
export const BROKEN = SHARES.map((share) =>
  perRate(
    (rps): Row => ({
      ...errors,
      stream: `${100 * share} % errors`,
      world: worldOf(rps, {}, { errors: share }),
      rules: [...COMPARED, ORACLE],
      verdict: "violates",
    }),
  ),
);

/** The same at 5 % and 100 %, without one part of the rule each. */
export const PARTS = ([0.05, 1] as const).map((share) =>
  perRate(
    (rps): Row => ({
      ...errors,
      stream: `${100 * share} % errors`,
      world: worldOf(rps, {}, { errors: share }),
      rules: VARIANTS,
      verdict: "violates",
    }),
  ),
);

export const SAME = [0.001, 0.005].map((share) =>
  perRate(
    (rps): Row => ({
      ...errors,
      stream: `both ${100 * share} % errors`,
      world: worldOf(rps, { errors: share }, { errors: share }),
      rules: share === 0.001 ? [...COMPARED, ORACLE] : COMPARED,
      verdict: "fine",
    }),
  ),
);

/** Baseline 0.5 %, candidate 1 %: on both limits of the default experiment. */
export const ON_BOTH_LIMITS = perRate(
  (rps): Row => ({
    ...errors,
    stream: "0.5 % and 1 % errors, on both limits",
    world: worldOf(rps, { errors: 0.005 }, { errors: 0.01 }),
    rules: COMPARED,
    verdict: "on the limit",
  }),
);

export const ON_THE_LIMIT = perRate(
  (rps): Row => ({
    ...errors,
    stream: "1 % errors, on the limit",
    world: worldOf(rps, {}, { errors: 0.01 }),
    rules: [ONLY_LIMIT],
    verdict: "on the limit",
  }),
);

export const INCIDENT = [0, 5000].map((aheadMs) =>
  perRate(
    (rps): Row => ({
      ...errors,
      stream: aheadMs > 0 ? "shared incident, candidate read a scrape ahead" : "shared incident",
      world: incident(rps, aheadMs),
      rules: COMPARED,
      verdict: "fine",
    }),
  ),
);

export const LATE = perRate(
  (rps): Row => ({
    ...errors,
    stream: "5 % errors from 30 s on",
    world: worldOf(rps, {}, { errors: 0.05 }, { laterMs: 30_000 }),
    rules: COMPARED,
    verdict: "violates",
    notCovered: "the candidate was fine at first",
  }),
);

export const LATER = perRate(
  (rps): Row => ({
    ...errors,
    stream: "5 % errors from 5 min on",
    world: worldOf(rps, {}, { errors: 0.05 }, { laterMs: 300_000 }),
    rules: [LONG_SOAK],
    verdict: "violates",
    notCovered: "the candidate was fine at first",
  }),
);

const BURST = 10;
const clumped = "errors come in groups that fail together";

export const BURSTS_SAME = perRate(
  (rps): Row => ({
    ...errors,
    stream: "groups of 10, both 0.5 % errors",
    world: worldOf(rps, { errors: 0.005, burst: BURST }, { errors: 0.005, burst: BURST }),
    rules: [NO_BURSTS, ...COMPARED],
    verdict: "fine",
    notCovered: clumped,
  }),
);

export const BURSTS_ON_LIMITS = perRate(
  (rps): Row => ({
    ...errors,
    stream: "groups of 10, on both limits",
    world: worldOf(rps, { errors: 0.005, burst: BURST }, { errors: 0.01, burst: BURST }),
    rules: [NO_BURSTS, OURS],
    verdict: "on the limit",
    notCovered: clumped,
  }),
);

export const SLOWER = [1.25, 1.5, 2].map((slower) =>
  perRate(
    (rps): Row => ({
      ...slow(ISTIO_EDGES),
      stream: `${slower} times as slow`,
      world: worldOf(rps, {}, { slower }, { edges: ISTIO_EDGES, badIs: "a slow answer" }),
      rules: COMPARED,
      // A quarter slower: 1.07 % instead of 0.44 % take more than 500 ms, and 1 point more is allowed.
      verdict: slower === 1.25 ? "fine" : "violates",
    }),
  ),
);

export const SLOWER_AT_ANY_EDGE = [1, 1.25, 1.5, 2].map((slower) =>
  perRate(
    (rps): Row => ({
      ...slow(ISTIO_EDGES),
      stream: `${slower} times as slow`,
      world: worldOf(rps, {}, { slower }, { edges: ISTIO_EDGES, badIs: "a slow answer" }),
      rules: [ANY_EDGE],
      verdict: slower === 1 ? "fine" : "violates",
    }),
  ),
);

export const SLOW_ON_MARGIN = perRate(
  (rps): Row => ({
    ...slow(EDGES),
    stream: "slow answers, on the margin",
    world: worldOf(rps, {}, { extraSlow: 0.01 }, { badIs: "a slow answer" }),
    rules: [OURS],
    verdict: "on the limit",
  }),
);

export const HUNG = perRate(
  (rps): Row => ({
    ...errors,
    stream: "no answers",
    world: worldOf(rps, {}, { answers: false }, { badIs: "no answer" }),
    rules: COMPARED,
    verdict: "violates",
    notCovered: "no criterion counts what is not answered; starvation is an extra",
  }),
);

/** The scrape intervals beside 5 s. */
export const SCRAPED = SCRAPES_MS.slice(1).map((scrapeMs) => {
  const at = (rps: number, share: number): Row => ({
    ...errors,
    scrapeMs,
    stream: `${100 * share} % errors`,
    world: worldOf(rps, {}, { errors: share }),
    rules: COMPARED,
    verdict: "violates",
  });
  const same = (rps: number): Row => ({
    ...errors,
    scrapeMs,
    stream: "both 0.1 % errors",
    world: worldOf(rps, {}, {}),
    rules: COMPARED,
    verdict: "fine",
  });
  const onLimits = (rps: number): Row => ({
    ...errors,
    scrapeMs,
    stream: "0.5 % and 1 % errors, on both limits",
    world: worldOf(rps, { errors: 0.005 }, { errors: 0.01 }),
    rules: [OURS],
    verdict: "on the limit",
  });
  return {
    few: perRate((rps) => at(rps, 0.05)),
    all: perRate((rps) => at(rps, 1)),
    same: perRate(same),
    onLimits: perRate(onLimits),
  };
});

/** In the order in which they are played: the longest first, so that both workers end together. */
export const ROWS: readonly Row[] = [
  ...ON_BOTH_LIMITS,
  ...BURSTS_ON_LIMITS,
  ...ON_THE_LIMIT,
  ...SLOW_ON_MARGIN,
  ...BURSTS_SAME,
  ...BROKEN.flat(),
  ...PARTS.flat(),
  ...SAME.flat(),
  ...INCIDENT.flat(),
  ...LATE,
  ...LATER,
  ...SLOWER.flat(),
  ...SLOWER_AT_ANY_EDGE.flat(),
  ...HUNG,
  ...SCRAPED.flatMap(({ few, all, same, onLimits }) => [...onLimits, ...few, ...all, ...same]),
];
