/** Shares as people write them: `1%`, `0.5%`. */

const PERCENT = /^(\d+(?:\.\d+)?|\.\d+)\s*%$/;

/** A number from 0 to 1, or undefined when `text` is no percentage up to 100%. */
export function parseShare(text: string): number | undefined {
  const percent = Number(PERCENT.exec(text)?.[1] ?? Number.NaN);
  return percent <= 100 ? percent / 100 : undefined;
}

/** `0.01` as `1 %`, with three digits that count. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
