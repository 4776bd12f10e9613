/** Tables in Markdown. Pure. */
import type { Spread } from "./spread.ts";

export const SPREAD = ["min", "median", "max"] as const;

/** A table whose columns are as wide in the source as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, index) =>
    Math.max(3, name.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, index) => (row[index] ?? "").padEnd(width)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** A cell for each of the wanted values, empty ones when nothing was measured. */
export function cells(
  spread: Spread | undefined,
  say: (value: number) => string,
  wanted: readonly (keyof Spread)[] = SPREAD,
): readonly string[] {
  return wanted.map((one) => (spread === undefined ? "" : say(spread[one])));
}

/** A heading with what stands below it. */
export function section(title: string, ...parts: readonly string[]): readonly string[] {
  return [`#### ${title}`, ...parts];
}

/** `1 push`, `2 pushes`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

export const seconds = (ms: number): string => (ms / 1000).toFixed(2);
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
