/** Go duration strings (`1h30m`, `1.5s`, `300ms`), as Kubernetes, Tekton and Iter8 write them. */

const UNIT_MS = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000001 } as const;

/** One part of a duration as a regular expression: the number, its decimals, the unit. */
export const DURATION_UNIT = "(h|ms|us|µs|ns|m|s)";
export const DURATION_PART = `(\\d+(\\.\\d*)?|\\.\\d+)${DURATION_UNIT}`;
const PART = new RegExp(DURATION_PART, "gy");

/** Milliseconds, or undefined when `text` is not a duration. Zero may be written without a unit, as in Go. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  let total = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
    total += Number(part[1]) * UNIT_MS[part[3] as keyof typeof UNIT_MS];
    end = PART.lastIndex;
  }
  return end > 0 && end === text.length ? total : undefined;
}

/** The way a person writes it: `90s` as `1m30s`, 1500 as `1.5s`, 40 as `40ms`. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)}ms`;
  const tenths = Math.round(ms / 100) / 10;
  if (tenths < 60) return `${tenths}s`;
  const seconds = Math.round(ms / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "m"],
    [seconds % 60, "s"],
  ];
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join("");
}
