/** How often a store scrapes, from the times of its samples: no API tells it. */
import type { Series } from "../ports/metrics.ts";

/**
 * The scrape interval in ms, to two digits (15 s, 1.5 s, 250 ms): the median time between two samples of a series, which
 * neither jitter nor less than half of the scrapes missing can move. Undefined when no series has three samples.
 */
export function scrapeInterval(series: readonly Series[]): number | undefined {
  const gaps = series.flatMap(({ samples }) => {
    const times = [...new Set(samples.map(({ time }) => time))].sort((a, b) => a - b);
    return times.length < 3 ? [] : times.slice(1).map((time, index) => time - (times[index] ?? time));
  });
  const median = gaps.sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)];
  return median === undefined ? undefined : Number(median.toPrecision(2));
}
