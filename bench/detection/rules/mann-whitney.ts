/** The interval of the Mann-Whitney test as Kayenta computes it (kayenta-mannwhitney), for the shift of `x` against `y`. */

export interface Shift {
  readonly lower: number;
  /** Hodges and Lehmann's. */
  readonly estimate: number;
}

const TOLERANCE = 1e-4;

/** `z`: the normal quantile of the confidence, 2.326 for 98 % two-sided. Both series need at least one value. */
export function shiftOf(x: readonly number[], y: readonly number[], z: number): Shift {
  const sorted = [x, y].map((values) => Float64Array.from(values).sort());
  const [a = new Float64Array(), b = new Float64Array()] = sorted;
  const from = (a[0] ?? 0) - (b.at(-1) ?? 0);
  const to = (a.at(-1) ?? 0) - (b[0] ?? 0);
  return {
    lower: root(from, to, (shift) => deviate(a, b, shift) - z),
    estimate: root(from, to, (shift) => deviate(a, b, shift)),
  };
}

/** Where a falling function crosses zero, to Kayenta's tolerance; an end when it does not. */
function root(from: number, to: number, value: (at: number) => number): number {
  if (value(from) <= 0) return from;
  if (value(to) >= 0) return to;
  let [low, high] = [from, to];
  while (high - low > TOLERANCE) {
    const middle = (low + high) / 2;
    if (value(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** How far the rank sum of x - shift is from its mean, in standard deviations, corrected for ties and continuity. */
function deviate(x: Float64Array, y: Float64Array, shift: number): number {
  const [m, n] = [x.length, y.length];
  let [i, j, rank, ranks, ties] = [0, 0, 0, 0, 0];
  while (i < m || j < n) {
    const value = Math.min((x[i] ?? Number.POSITIVE_INFINITY) - shift, y[j] ?? Number.POSITIVE_INFINITY);
    const [beforeX, beforeY] = [i, j];
    while (i < m && (x[i] ?? 0) - shift === value) i += 1;
    while (j < n && y[j] === value) j += 1;
    const tied = i - beforeX + j - beforeY;
    ranks += (i - beforeX) * (rank + (tied + 1) / 2);
    rank += tied;
    ties += tied ** 3 - tied;
  }
  const difference = ranks - (m * (m + 1)) / 2 - (m * n) / 2;
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  return variance > 0 ? (difference - Math.sign(difference) * 0.5) / Math.sqrt(variance) : 0;
}
