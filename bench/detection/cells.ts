/** Numbers as they stand in the tables: a mean with its standard error, and tables in Markdown. */
import { type Estimate, meanOf, type Quantity, runsOf, type Summary, shareOf } from "./outcome.ts";
import { ROWS, type Row } from "./rows.ts";
import type { Rule } from "./rules/rule.ts";

/** What all rows have given. */
export type Results = readonly (readonly Summary[])[];

/** Of one rule in one row; undefined when it was not tried there. */
export function summaryOf(results: Results, row: Row | undefined, rule: Rule): Summary | undefined {
  const index = row === undefined ? -1 : ROWS.indexOf(row);
  return row === undefined ? undefined : results[index]?.[row.rules.indexOf(rule)];
}

/** `12.3 ± 0.4`; whole numbers from 100 on. */
export function estimate({ mean, error }: Estimate, scale = 1): string {
  const digits = Math.abs(mean * scale) >= 100 ? 0 : 1;
  return `${(mean * scale).toFixed(digits)} ± ${(error * scale).toFixed(digits)}`;
}

/** A share in percent, `0.35 ± 0.13`; `0` and `100` without error. */
export function percent(share: Estimate): string {
  if (share.mean === 0 || share.mean === 1) return String(100 * share.mean);
  const digits = share.mean < 0.1 ? 2 : 1;
  return `${(100 * share.mean).toFixed(digits)} ± ${(100 * share.error).toFixed(digits)}`;
}

/** The mean over the runs with that end, and how many those were when not all. */
export function cell(
  summary: Summary | undefined,
  end: keyof Summary,
  quantity: Quantity,
  scale = 1,
): string {
  if (summary === undefined) return "";
  const mean = meanOf(summary, end, quantity);
  if (mean === undefined) return "never";
  const share = shareOf(summary, end).mean;
  const some = share < 1 ? ` (in ${(100 * share).toFixed(share > 0.995 || share < 0.01 ? 2 : 0)} %)` : "";
  return `${estimate(mean, scale)}${some}`;
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** One value for each rate: `31.2 / 72.0 / 81.1`. */
export function perRate(
  results: Results,
  rows: readonly Row[],
  rule: Rule,
  say: (summary: Summary) => string,
): string {
  const said = rows.map((row) => {
    const summary = summaryOf(results, row, rule);
    return summary === undefined || runsOf(summary) === 0 ? "" : say(summary);
  });
  return said.every((text) => text === said[0]) ? (said[0] ?? "") : said.join(" / ");
}

/** A rule per line, a column per group of rows, the three rates in each cell. */
export function byRate(
  results: Results,
  rules: readonly Rule[],
  columns: Readonly<Record<string, Column>>,
): string {
  return table(
    ["rule", ...Object.keys(columns)],
    rules.map((rule) => [
      rule.name,
      ...Object.values(columns).map(({ rows, say }) => perRate(results, rows, rule, say)),
    ]),
  );
}

interface Column {
  readonly rows: readonly Row[];
  readonly say: (summary: Summary) => string;
}

export const aborted = (summary: Summary): string => percent(shareOf(summary, "rolled back"));
export const promoted = (summary: Summary): string => percent(shareOf(summary, "promoted"));
export const promotedAfter = (summary: Summary): string => cell(summary, "promoted", "seconds");
export const rolledBack =
  (quantity: Quantity) =>
  (summary: Summary): string =>
    cell(summary, "rolled back", quantity);

export const section = (title: string, ...parts: readonly string[]): string =>
  [`#### ${title}`, ...parts].join("\n\n");

export function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no number ${index}`);
  return found;
}
