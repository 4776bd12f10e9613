/** Istio's raw request counter: is a version still called, and how do two versions share the calls? */
import type { Series } from "../ports/metrics.ts";
import { entityTags, labelMatchers } from "./samples.ts";

export interface Counter {
  readonly kind: "Deployment" | "Service";
  readonly name: string;
  readonly namespace: string;
  /** Which proxy counted; "source" also sees requests that never arrived. */
  readonly reporter?: "source" | "destination";
}

type Samples = Series["samples"];

/** The range selector of a version's request counter over the last `rangeS` seconds. */
export function requestSelector(
  { kind, name, namespace, reporter = "source" }: Counter,
  rangeS: number,
): string {
  const matchers = labelMatchers({ ...entityTags(kind, name, namespace), reporter });
  return `istio_requests_total{${matchers}}[${rangeS}s]`;
}

/**
 * Whether a version still gets requests, from all series of its counter over a range that begins well before `since`
 * (ms since the epoch; when its traffic was taken away). `flowing`: a series rises between two scrapes after `since`.
 * `stopped`: each series was scraped twice since and none rises, or the counter was never seen. `unseen`: a series has
 * not been scraped twice since, so nobody can say.
 */
export function traffic(series: readonly Series[], since: number): "flowing" | "stopped" | "unseen" {
  const after = series.map(({ samples }) => samples.filter(({ time }) => time > since));
  if (after.some((samples) => increaseOf(samples) > 0)) return "flowing";
  return after.every((samples) => samples.length >= 2) ? "stopped" : "unseen";
}

/** Requests a second between two times (ms since the epoch); less when the last scrape before the end is long ago. */
export function rateBetween(series: readonly Series[], from: number, to: number): number {
  const counted = series.map(({ samples }) => increaseBetween(samples, from, to));
  return (1000 * counted.reduce((sum, one) => sum + one, 0)) / Math.max(to - from, 1);
}

/**
 * Requests of each version between `from` and `to` (ms since the epoch), and the candidate's share of them in percent
 * (undefined without requests). The range must begin before `from`: a series that is first seen later started at 0.
 */
export function observedSplit(
  baseline: readonly Series[],
  candidate: readonly Series[],
  from: number,
  to: number,
): { readonly baseline: number; readonly candidate: number; readonly percent: number | undefined } {
  const count = (series: readonly Series[]) =>
    series.reduce((sum, { samples }) => sum + increaseBetween(samples, from, to), 0);
  const counts = { baseline: count(baseline), candidate: count(candidate) };
  const total = counts.baseline + counts.candidate;
  return { ...counts, percent: total > 0 ? (100 * counts.candidate) / total : undefined };
}

/** From the last scrape up to `from` to the last one up to `to`; from 0 when there was none up to `from`. */
function increaseBetween(samples: Samples, from: number, to: number): number {
  const before = samples.findLast(({ time }) => time <= from) ?? { time: from, value: 0 };
  return increaseOf([before, ...samples.filter(({ time }) => time > from && time <= to)]);
}

/** How much a counter grew over its samples. One that falls was restarted and counts from 0. */
function increaseOf(samples: Samples): number {
  return samples.reduce((sum, { value }, index) => {
    const previous = samples[index - 1]?.value ?? value;
    return sum + (value >= previous ? value - previous : value);
  }, 0);
}
