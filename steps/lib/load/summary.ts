/** What became of the requests, counted and put into words. */
import { formatDuration } from "../experiment/duration.ts";
import { createHistogram, type Histogram } from "./histogram.ts";
import type { Answer } from "./sender.ts";

/** Why a request that was due did not leave. */
export type SkipReason = "too many requests open" | "the load generator was held up";

export interface Tally {
  /** Requests that left. */
  readonly sent: number;
  /** How many requests ended in which way other than an answer 2xx: `503` or a failure. */
  readonly failed: ReadonlyMap<string, number>;
  readonly skipped: ReadonlyMap<SkipReason, number>;
  /** Of the answers, and of the requests that waited for one in vain until they timed out. */
  readonly latency: Pick<Histogram, "quantile" | "max">;
}

export interface Counter extends Tally {
  countSent(): void;
  countSkipped(reason: SkipReason, count: number): void;
  /** `latencyMs` counts from when the request was due. */
  countEnded(answer: Answer, latencyMs: number): void;
}

/** A tally at zero. */
export function createCounter(): Counter {
  const failed = new Map<string, number>();
  const skipped = new Map<SkipReason, number>();
  const latency = createHistogram();
  let sent = 0;
  return {
    get sent() {
      return sent;
    },
    failed,
    skipped,
    latency,
    countSent: () => {
      sent += 1;
    },
    countSkipped: (reason, count) => {
      if (count > 0) add(skipped, reason, count);
    },
    countEnded: (answer, latencyMs) => {
      const status = "status" in answer ? answer.status : undefined;
      const failure = "failure" in answer ? answer.failure : undefined;
      if (status !== undefined || failure === "timed out") latency.record(latencyMs);
      if (failure !== undefined) add(failed, failure, 1);
      else if (status !== undefined && (status < 200 || status > 299)) add(failed, `HTTP ${status}`, 1);
    },
  };
}

/**
 * `sent 100 (10/s of 10/s), 3 failed (2x HTTP 503, 1x timed out), p50 21ms, p99 80ms`: the rate held, the rate asked for
 * (`intervalMs` between requests), and what failed and was skipped, the most frequent first.
 */
export function describeTally(tally: Tally, elapsedMs: number, intervalMs: number): string {
  const rate = elapsedMs > 0 ? (tally.sent * 1000) / elapsedMs : 0;
  const parts = [
    `sent ${tally.sent} (${formatRate(rate)} of ${formatRate(1000 / intervalMs)})`,
    tally.failed.size === 0 ? "none failed" : `${total(tally.failed)} failed (${breakdown(tally.failed)})`,
  ];
  if (tally.skipped.size > 0) parts.push(`${total(tally.skipped)} skipped (${breakdown(tally.skipped)})`);
  return [...parts, ...describeLatency(tally.latency)].join(", ");
}

/** `p50 21ms`, `p99 80ms`, `max 130ms`; nothing without an answer. */
function describeLatency({ quantile, max }: Tally["latency"]): readonly string[] {
  const values = { p50: quantile(0.5), p99: quantile(0.99), max: max() };
  return Object.entries(values).flatMap(([name, ms]) =>
    ms === undefined ? [] : [`${name} ${formatDuration(ms)}`],
  );
}

/** `10/s`, `0.333/s`: three digits are enough. */
export function formatRate(perSecond: number): string {
  return `${Number(perSecond.toPrecision(3))}/s`;
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function breakdown(counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].sort(([, one], [, other]) => other - one);
  return rows.map(([reason, count]) => `${count}x ${reason}`).join(", ");
}
