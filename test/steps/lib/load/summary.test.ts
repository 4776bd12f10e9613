import { expect, test } from "vitest";
import { createCounter, describeTally, formatRate } from "../../../../steps/lib/load/summary.ts";

test("says how much was sent, how fast, and how long the answers took", () => {
  const counter = createCounter();
  for (let index = 0; index < 100; index += 1) {
    counter.countSent();
    counter.countEnded({ status: 200 }, 50);
  }

  expect(describeTally(counter, 10_000, 100)).toBe(
    "sent 100 (10/s of 10/s), none failed, p50 50ms, p99 50ms, max 50ms",
  );
});

test("counts everything but 2xx as failed, by kind, the most frequent first", () => {
  const counter = createCounter();
  const answers = [
    { status: 302 },
    { status: 503 },
    { status: 503 },
    { failure: "connection refused" },
  ] as const;
  for (const answer of answers) {
    counter.countSent();
    counter.countEnded(answer, 7);
  }

  expect(describeTally(counter, 2000, 500)).toContain(
    "4 failed (2x HTTP 503, 1x HTTP 302, 1x connection refused)",
  );
});

test("a request that timed out counts with the time it waited, one that was refused with none", () => {
  const counter = createCounter();
  counter.countEnded({ failure: "timed out" }, 10_000);
  counter.countEnded({ failure: "connection refused" }, 1);

  expect(counter.latency.quantile(0.01)).toBeGreaterThan(9000);
});

test("says what was skipped and why", () => {
  const counter = createCounter();
  counter.countSkipped("too many requests open", 3);
  counter.countSkipped("the load generator was held up", 0);

  expect(describeTally(counter, 1000, 100)).toBe(
    "sent 0 (0/s of 10/s), none failed, 3 skipped (3x too many requests open)",
  );
});

test("a rate has three digits", () => {
  expect([10, 0.3333333, 999.6].map(formatRate)).toEqual(["10/s", "0.333/s", "1000/s"]);
});
