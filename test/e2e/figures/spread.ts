/** Several measurements of one thing, as a table tells them. Pure. */
import { quantile } from "../../../sandbox/scenario/record.ts";

export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** In the unit of the values; undefined when there are none. The median is the lower one of two. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const [min] = sorted;
  if (min === undefined) return undefined;
  return { count: sorted.length, min, median: quantile(sorted, 0.5), max: sorted.at(-1) ?? min };
}

/** The items by what `key` says of them, in the order in which the keys first came. */
export function grouped<T>(
  items: readonly T[],
  key: (item: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return [...groups];
}
