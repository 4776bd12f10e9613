/** Late faults, latency, groups of errors, slower scrapes, parts of the rule left out, and a candidate that hangs. */
import { aborted, at, byRate, promoted, promotedAfter, type Results, rolledBack, section } from "../cells.ts";
import {
  BURSTS_ON_LIMITS,
  BURSTS_SAME,
  HUNG,
  LATE,
  LATER,
  PARTS,
  type Row,
  SCRAPED,
  SCRAPES_MS,
  SLOWER,
  SLOWER_AT_ANY_EDGE,
} from "../rows.ts";
import { ANY_EDGE, COMPARED, LONG_SOAK, NO_BURSTS, VARIANTS } from "../rules/tried.ts";

export function late(results: Results): string {
  return section(
    "A fault that starts late: 5 % errors from 30 s on, or from 5 min on; at 10 / 100 / 1000 requests/s",
    "Seconds below 0: aborted before there was a fault.",
    byRate(results, COMPARED, {
      "aborted, %": { rows: LATE, say: aborted },
      "seconds after the fault": { rows: LATE, say: rolledBack("seconds") },
      "bad requests": { rows: LATE, say: rolledBack("bad") },
      "promoted all the same, %": { rows: LATE, say: promoted },
    }),
    byRate(results, [LONG_SOAK], {
      "aborted, %": { rows: LATER, say: aborted },
      "seconds after the fault": { rows: LATER, say: rolledBack("seconds") },
      "bad requests": { rows: LATER, say: rolledBack("bad") },
      "promoted before the fault or all the same, %": { rows: LATER, say: promoted },
    }),
  );
}

export function latency(results: Results): string {
  const [quarter, half, twice] = [0, 1, 2].map((index) => at(SLOWER, index));
  const [same, ...edges] = SLOWER_AT_ANY_EDGE;
  const columns = (rows: readonly (readonly Row[] | undefined)[]) =>
    Object.fromEntries(
      ["+25 %", "+50 %", "x 2"].flatMap((name, index) => [
        [`${name}: aborted, %`, { rows: rows[index] ?? [], say: aborted }],
        [`${name}: seconds`, { rows: rows[index] ?? [], say: rolledBack("seconds") }],
      ]),
    );
  return section(
    "Slower answers, at 10 / 100 / 1000 requests/s",
    `A quarter slower is within the default experiment's margin (1.07 % instead of 0.44 % take more than 500 ms), so there an abort
is wrong for it; a criterion on every bucket edge sees it.`,
    byRate(results, COMPARED, columns([quarter, half, twice])),
    byRate(results, [ANY_EDGE], {
      "equal: aborted, %": { rows: same ?? [], say: aborted },
      ...columns(edges),
    }),
  );
}

export function bursts(results: Results): string {
  return section(
    "Errors in groups of 10 on average, percent of runs, at 10 / 100 / 1000 requests/s",
    byRate(results, [NO_BURSTS, ...COMPARED], {
      "both 0.5 %: aborted": { rows: BURSTS_SAME, say: aborted },
      "both 0.5 %: promoted": { rows: BURSTS_SAME, say: promoted },
      "on both limits: aborted": { rows: BURSTS_ON_LIMITS, say: aborted },
      "on both limits: promoted": { rows: BURSTS_ON_LIMITS, say: promoted },
    }),
  );
}

export function scrapes(results: Results): string {
  const tables = SCRAPED.map(({ few, all, same, onLimits }, index) =>
    section(
      `Scrapes every ${at(SCRAPES_MS, index + 1) / 1000} s, at 10 / 100 / 1000 requests/s`,
      byRate(results, COMPARED, {
        "5 %: bad requests": { rows: few, say: rolledBack("bad") },
        "100 %: bad requests": { rows: all, say: rolledBack("bad") },
        "100 %: seconds": { rows: all, say: rolledBack("seconds") },
        "both 0.1 %: aborted, %": { rows: same, say: aborted },
        "both 0.1 %: seconds to promotion": { rows: same, say: promotedAfter },
        "on both limits: aborted, %": { rows: onLimits, say: aborted },
        "on both limits: promoted, %": { rows: onLimits, say: promoted },
      }),
    ),
  );
  return tables.join("\n\n");
}

export function parts(results: Results): string {
  const [few, all] = [at(PARTS, 0), at(PARTS, 1)];
  return section(
    "What each part of the rule is worth: bad requests served, at 10 / 100 / 1000 requests/s",
    byRate(results, VARIANTS, {
      "5 % errors": { rows: few, say: rolledBack("bad") },
      "100 % errors": { rows: all, say: rolledBack("bad") },
    }),
  );
}

export function hung(results: Results): string {
  return section(
    "A candidate that answers nothing, at 10 / 100 / 1000 requests/s",
    byRate(results, COMPARED, {
      "aborted, %": { rows: HUNG, say: aborted },
      seconds: { rows: HUNG, say: rolledBack("seconds") },
      "requests without answer": { rows: HUNG, say: rolledBack("bad") },
      "promoted, %": { rows: HUNG, say: promoted },
    }),
  );
}
