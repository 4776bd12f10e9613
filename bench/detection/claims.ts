/** What must come out, and whether it did; and what speaks against us. */
import { percent, perRate, type Results, summaryOf } from "./cells.ts";
import { meanOf, type Quantity, runsOf, type Summary, shareOf } from "./outcome.ts";
import { BROKEN, ROWS, type Row, SAME } from "./rows.ts";
import type { Rule } from "./rules/rule.ts";
import { ALPHA, BETA, budgetedWeight } from "./rules/sequential.ts";
import { COMPARED, isOurs, OURS } from "./rules/tried.ts";
import { boundOf } from "./tables/errors.ts";

const MOST_BAD = 60;
const MOST_TIMES_BOUND = 3;

export interface Claim {
  readonly holds: boolean;
  readonly text: string;
}

export function claims(results: Results): readonly Claim[] {
  return [
    disaster(results),
    nearBound(results),
    errorRate(results, "rolled back"),
    errorRate(results, "promoted"),
  ];
}

const find = (rows: readonly (readonly Row[])[], share: number, rps: number) =>
  rows.flat().find(({ world }) => world.rps === rps && world.phases[0]?.candidate.errors === share);

function own(results: Results, row: Row | undefined): Summary {
  const summary = summaryOf(results, row, OURS);
  if (summary === undefined) throw new Error("our rule was not tried in a row that a claim is about");
  return summary;
}

function disaster(results: Results): Claim {
  const summary = own(results, find(BROKEN, 1, 1000));
  const bad = meanOf(summary, "rolled back", "bad")?.mean ?? Number.POSITIVE_INFINITY;
  const all = summary["rolled back"].runs === runsOf(summary);
  return {
    holds: all && bad <= MOST_BAD,
    text: `100 % errors, 1000 requests/s, scrapes every 5 s: ${bad.toFixed(1)} bad requests on average (at most ${MOST_BAD})`,
  };
}

function nearBound(results: Results): Claim {
  const row = find(BROKEN, 0.05, 100);
  const summary = own(results, row);
  const bound = row ? boundOf(row, budgetedWeight(row.world.rps, row.scrapeMs)).requests : Number.NaN;
  const times = (quantity: Quantity) =>
    (meanOf(summary, "rolled back", quantity)?.mean ?? Number.POSITIVE_INFINITY) / bound;
  return {
    holds: times("weighed") <= MOST_TIMES_BOUND,
    text:
      `5 % errors, 100 requests/s: the requests weighed as evidence until the decision are ${times("weighed").toFixed(2)} x ` +
      `the information bound (at most ${MOST_TIMES_BOUND}); with those in polls that touch a change of weight ` +
      `${times("requests").toFixed(2)} x, with all until traffic was moved ${times("requestsWithLag").toFixed(2)} x`,
  };
}

/** Each row that the guarantee covers keeps its level + 3 standard errors. */
function errorRate(results: Results, end: "rolled back" | "promoted"): Claim {
  const [level, what, fits] =
    end === "rolled back"
      ? ([ALPHA, "false aborts", "fine"] as const)
      : ([BETA, "wrong promotions", "violates"] as const);
  const tried = ROWS.filter(
    ({ verdict, notCovered }) => notCovered === undefined && (verdict === fits || verdict === "on the limit"),
  ).flatMap((row) =>
    row.rules
      .filter((rule) => isOurs(rule) && !rule.fewer)
      .flatMap((rule) => {
        const summary = summaryOf(results, row, rule);
        if (summary === undefined) return [];
        const share = shareOf(summary, end);
        const most = level + 3 * Math.sqrt((level * (1 - level)) / Math.max(1, runsOf(summary)));
        const where = `${row.stream}, ${row.world.rps}/s, scrapes every ${row.scrapeMs / 1000} s, ${rule.name}`;
        return [{ share, most, where, excess: share.mean - most }];
      }),
  );
  const [worst] = tried.toSorted((a, b) => b.excess - a.excess);
  const broken = tried.filter(({ excess }) => excess > 0);
  const named = (broken.length > 0 ? broken : worst === undefined ? [] : [worst]).map(
    ({ share, most, where }) => `${percent(share)} % of at most ${(100 * most).toFixed(2)} % (${where})`,
  );
  return {
    holds: tried.length > 0 && broken.length === 0,
    text: `${what} at most ${100 * level} % + 3 standard errors in ${tried.length} rows; ${broken.length > 0 ? "not" : "highest"}: ${named.join("; ")}`,
  };
}

/** Where the guarantee does not reach, and where somebody else is quicker. */
export function caveats(results: Results): readonly string[] {
  return [...beyondGuarantee(results), ...quicker(results)];
}

/** One line for all rates of a stream. */
function beyondGuarantee(results: Results): readonly string[] {
  const rows = ROWS.filter(({ notCovered }) => notCovered !== undefined);
  return [...new Set(rows.map(({ stream }) => stream))].flatMap((stream) => {
    const same = rows.filter((row) => row.stream === stream);
    const [first] = same;
    if (first === undefined) return [];
    const { rules, verdict, notCovered } = first;
    return rules.filter(isOurs).map((rule) => {
      const ended = (end: "rolled back" | "promoted") =>
        perRate(results, same, rule, (summary) => percent(shareOf(summary, end)));
      const said = [
        ...(verdict === "violates" ? [] : [`${ended("rolled back")} % aborted`]),
        ...(verdict === "fine" ? [] : [`${ended("promoted")} % promoted`]),
      ];
      return `not covered (${notCovered}): ${stream}, ${rule.name}: ${said.join(", ")}`;
    });
  });
}

function quicker(results: Results): readonly string[] {
  const rows = ROWS.filter(({ rules }) => rules.includes(OURS));
  return COMPARED.filter((rule) => rule !== OURS).flatMap((peer) => {
    const fewer = rows.filter((row) => isBetter(results, row, peer, "violates", "rolled back", "bad"));
    const sooner = rows.filter((row) => isBetter(results, row, peer, "fine", "promoted", "seconds"));
    const better = [
      ...(fewer.length > 0 ? [`serves fewer bad requests at ${places(fewer)}`] : []),
      ...(sooner.length > 0 ? [`promotes sooner at ${places(sooner)}`] : []),
    ];
    const share = (of: readonly Row[] = [], end: "rolled back" | "promoted") =>
      perRate(results, of, peer, (summary) => percent(shareOf(summary, end)));
    const price =
      `it aborts ${share(SAME[1], "rolled back")} % of the candidates that equal a baseline with 0.5 % errors, ` +
      `and promotes ${share(BROKEN[0], "promoted")} % of those with 2 %`;
    return better.length > 0 ? [`better: ${peer.name} ${better.join("; ")}; ${price}`] : [];
  });
}

/** Whether the peer ends most runs rightly, and with less. */
function isBetter(
  results: Results,
  row: Row,
  peer: Rule,
  verdict: Row["verdict"],
  end: "rolled back" | "promoted",
  quantity: "bad" | "seconds",
): boolean {
  const summary = summaryOf(results, row, peer);
  if (row.verdict !== verdict || summary === undefined) return false;
  const theirs = meanOf(summary, end, quantity);
  const ours = meanOf(own(results, row), end, quantity);
  if (theirs === undefined || shareOf(summary, end).mean < 0.5) return false;
  return ours === undefined || theirs.mean < ours.mean;
}

/** `2 % errors (10, 100/s)`. */
function places(rows: readonly Row[]): string {
  const label = ({ stream, scrapeMs }: Row) =>
    scrapeMs === 5000 ? stream : `${stream} scraped every ${scrapeMs / 1000} s`;
  return [...new Set(rows.map(label))]
    .map((name) => {
      const rates = rows.filter((row) => label(row) === name).map(({ world }) => world.rps);
      return `${name} (${rates.join(", ")}/s)`;
    })
    .join(", ");
}
