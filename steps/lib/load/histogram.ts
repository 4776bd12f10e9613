/** Quantiles of latencies in constant memory: buckets that grow by 2 %, so a quantile is right to within 1 %. */

export interface Histogram {
  record(ms: number): void;
  /** The value that a share `q` (0 to 1) of the records does not exceed, in ms; undefined without records. */
  quantile(q: number): number | undefined;
  /** The largest record, exactly; undefined without records. */
  max(): number | undefined;
}

const GROWTH = 1.02;
/** Everything up to this counts as this. */
const SMALLEST_MS = 0.1;
/** Reaches past ten minutes; longer ones are in the last bucket. */
const BUCKETS = 800;

/** An empty histogram of times in ms; negative ones (a clock that was set back) count as zero. */
export function createHistogram(): Histogram {
  const buckets = new Array<number>(BUCKETS).fill(0);
  let count = 0;
  let largest = 0;
  return {
    record: (ms) => {
      const bucket = Math.ceil(Math.log(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) / Math.log(GROWTH));
      const index = Math.min(bucket, BUCKETS - 1);
      buckets[index] = (buckets[index] ?? 0) + 1;
      count += 1;
      largest = Math.max(largest, ms);
    },
    quantile: (q) => {
      if (count === 0) return undefined;
      const rank = Math.max(1, Math.ceil(q * count));
      let seen = 0;
      const index = buckets.findIndex((records) => {
        seen += records;
        return seen >= rank;
      });
      // The middle of the bucket, which no record may contradict.
      return Math.min(SMALLEST_MS * GROWTH ** (index - 0.5), largest);
    },
    max: () => (count === 0 ? undefined : largest),
  };
}
